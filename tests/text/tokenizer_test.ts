import assert from "node:assert/strict";
import { createTokenizer } from "../../text/tokenizer.ts";
import { tinyVocabulary } from "../../text/tiny_vocabulary.ts";
import { tokenizerFromVocabulary } from "../../text/vocabulary.ts";
import golden from "../golden/tokenizer.json" with { type: "json" };

const tiny = createTokenizer(tinyVocabulary);
const world = createTokenizer(golden.world.join("\n"));
const specials = "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\n";
const long = golden.long.sentence.repeat(golden.long.times);

for (const { text, ...expected } of golden.cases) {
  Deno.test(`encode() equals BertTokenizerFast on ${JSON.stringify(text.slice(0, 40))}`, () => {
    for (const [name, tokenizer] of [["tiny", tiny], ["world", world]] as const) {
      const { inputIds, tokens } = tokenizer.encode(text, { maxTokens: 512 });
      assert.deepEqual([...inputIds], expected[name], `${name}: ${tokens[0].join(" ")}`);
    }
  });
}

Deno.test("encode() truncates as BertTokenizerFast does and tells so", () => {
  for (const { text, limit, ids } of golden.truncated) {
    const full = text === "LONG" ? long : text;
    const row = tiny.encode(full, { maxTokens: limit });
    assert.deepEqual([...row.inputIds], ids, `${text} at ${limit}`);
    assert.deepEqual(row.truncated, [row.fullLengths[0] > limit]);
    assert.equal(row.tokens[0].at(-1), "[SEP]");
    assert.equal(row.tokens[0].length, ids.length);
  }
});

Deno.test("encode() reads a text of 10,000 words and reports its length", () => {
  const row = tiny.encode(long, { maxTokens: 128 });
  assert.deepEqual(row.shape, [1, 128]);
  assert.deepEqual(row.fullLengths, [golden.long.length]);
  assert.deepEqual(row.truncated, [true]);
});

Deno.test("encode() pads a batch as BertTokenizerFast does", () => {
  const { inputIds, attentionMask, shape, tokens } = tiny.encode(golden.padded.texts, { maxTokens: 64 });
  assert.deepEqual([...inputIds], golden.padded.ids.flat());
  assert.deepEqual([...attentionMask], golden.padded.mask.flat());
  assert.deepEqual(shape, [3, golden.padded.ids[0].length]);
  assert.deepEqual(tokens[1], ["[CLS]", "[SEP]"]);
});

Deno.test("encode() pads every row to padTo and truncates to it", () => {
  const { inputIds, attentionMask, shape, truncated } = tiny.encode(["run", "a man runs fast"], {
    maxTokens: 8,
    padTo: 4,
  });
  const id = (token: string) => tinyVocabulary.split("\n").indexOf(token);
  assert.deepEqual(shape, [2, 4]);
  assert.deepEqual([...inputIds], [2, id("run"), 3, 0, 2, id("a"), id("man"), 3]);
  assert.deepEqual([...attentionMask], [1, 1, 1, 0, 1, 1, 1, 1]);
  assert.deepEqual(truncated, [false, true]);
});

Deno.test("encode() drops lone surrogates", () => {
  assert.deepEqual(
    tiny.encode("run\ud800 fast", { maxTokens: 9 }),
    tiny.encode("run fast", { maxTokens: 9 }),
  );
});

Deno.test("encode() refuses what is not text", () => {
  const bad = (text: unknown) => () => tiny.encode(text as string, { maxTokens: 8 });
  assert.throws(bad(undefined), {
    name: "TypeError",
    message: /found undefined, expected a string or an array/,
  });
  assert.throws(bad(null), { name: "TypeError", message: /found null/ });
  assert.throws(bad(7), { name: "TypeError", message: /found number/ });
  assert.throws(bad([]), { name: "TypeError", message: /found 0 texts/ });
  assert.throws(bad(["a", ["b"]]), { name: "TypeError", message: /text 1: found an array/ });
});

Deno.test("encode() refuses limits out of bounds", () => {
  for (const maxTokens of [1, 0, -3, 2.5, NaN, Infinity]) {
    assert.throws(() => tiny.encode("run", { maxTokens }), { name: "RangeError", message: /maxTokens/ });
  }
  for (const padTo of [1, 9, 3.5, NaN]) {
    assert.throws(() => tiny.encode("run", { maxTokens: 8, padTo }), {
      name: "RangeError",
      message: /padTo/,
    });
  }
});

Deno.test("createTokenizer() reads its own json again", () => {
  const again = createTokenizer(tiny.json);
  assert.deepEqual(
    [again.clsId, again.sepId, again.padId, again.vocabularySize],
    [2, 3, 0, tinyVocabulary.trim().split("\n").length],
  );
  for (const { text } of golden.cases) {
    assert.deepEqual(again.encode(text, { maxTokens: 512 }), tiny.encode(text, { maxTokens: 512 }));
  }
});

Deno.test("createTokenizer() ignores truncation and padding stored in tokenizer.json", () => {
  const stored = JSON.parse(tiny.json);
  stored.truncation = { max_length: 3, strategy: "LongestFirst", stride: 0, direction: "Right" };
  stored.padding = { strategy: { Fixed: 20 }, direction: "Right", pad_id: 0, pad_token: "[PAD]" };
  assert.deepEqual(
    createTokenizer(JSON.stringify(stored)).encode("a man runs", { maxTokens: 9 }),
    tiny.encode("a man runs", { maxTokens: 9 }),
  );
});

Deno.test("createTokenizer() refuses what is no WordPiece tokenizer", () => {
  const make = (source: unknown) => () => createTokenizer(source as string);
  assert.throws(make(undefined), { name: "TypeError", message: /found undefined/ });
  assert.throws(make("{ not json"), { name: "SyntaxError", message: /Cannot parse tokenizer.json/ });
  assert.throws(make("{}"), { name: "TypeError", message: /no model with a vocabulary/ });
  assert.throws(make('{"model":{"type":"BPE","vocab":{}}}'), {
    name: "TypeError",
    message: /its model is BPE/,
  });
  assert.throws(make('{"model":{"type":"WordPiece","vocab":{"a":0},"unk_token":"[UNK]"}}'), {
    name: "TypeError",
    message: /has no \[CLS\]/,
  });
  const unframed = { ...JSON.parse(tiny.json), post_processor: null };
  assert.throws(make(JSON.stringify(unframed)), { name: "TypeError", message: /the empty text gives \[\]/ });
});

Deno.test("tokenizerFromVocabulary() equals what BertTokenizerFast saves", () => {
  const { model, ...rest } = tokenizerFromVocabulary(tinyVocabulary);
  const { vocab, ...modelRest } = model;
  const { model: goldenModel, ...goldenRest } = golden.definition;
  assert.deepEqual(rest, goldenRest);
  assert.deepEqual(modelRest, goldenModel);
  assert.deepEqual(
    vocab,
    Object.fromEntries(tinyVocabulary.trim().split("\n").map((token, index) => [token, index])),
  );
});

Deno.test("tokenizerFromVocabulary() accepts Windows line ends, a byte order mark and a missing last line end", () => {
  const expected = tokenizerFromVocabulary(specials + "jump\n");
  assert.deepEqual(
    tokenizerFromVocabulary("\uFEFF" + (specials + "jump").replaceAll("\n", "\r\n")),
    expected,
  );
});

Deno.test("tokenizerFromVocabulary() tells all faults at once", () => {
  assert.throws(() => tokenizerFromVocabulary("[PAD]\n[UNK]\n\njump\n[CLS]\njump\n[SEP]\n"), {
    name: "SyntaxError",
    message: /line 3 is empty; "jump" stands on lines 4 and 6; \[MASK\] is missing/,
  });
  assert.throws(() => tokenizerFromVocabulary(""), { name: "SyntaxError", message: /\[PAD\] is missing/ });
});

Deno.test("tinyVocabulary spells every ASCII word and sign", () => {
  const signs = Array.from({ length: 94 }, (_, i) => String.fromCharCode(33 + i)).join(" ");
  const row = tiny.encode(`${signs} qzxjvkw 90817263545`, { maxTokens: 512 });
  assert.equal(row.tokens[0].includes("[UNK]"), false);
});
