import assert from "node:assert/strict";
import { explainTransport } from "../../people/transport_explanation.ts";
import { shownWords } from "../../people/explained_words.ts";
import golden from "../golden/transport/m48_n23.json" with { type: "json" };

const near = (actual: ArrayLike<number>, expected: ArrayLike<number>, bound = 1e-12) => {
  assert.equal(actual.length, expected.length);
  for (let i = 0; i < expected.length; i++) {
    assert.ok(Math.abs(actual[i] - expected[i]) <= bound, `${i}: ${actual[i]}, expected ${expected[i]}`);
  }
};

/** Rows are patches of a 1 × 2 grid; columns [CLS], run, ##s, ball, ., [SEP] and two of padding, which hold nothing. */
const tokens = ["[CLS]", "run", "##s", "ball", ".", "[SEP]"];
const plan = [
  [0, 0.10, 0.15, 0.05, 0.20, 0, 0, 0],
  [0, 0.10, 0.05, 0.25, 0.10, 0, 0, 0],
].flat();

Deno.test("explainTransport() sums pieces to words, and finds what lies above an even spread", () => {
  const { mass, matched, words, patchMass, patchMatched } = explainTransport({
    plan,
    rows: 1,
    columns: 2,
    tokens,
  });
  assert.deepEqual(words.map(({ text }) => text), ["runs", "ball", "."]);
  near([mass], [1]);
  near(patchMass, [0.5, 0.5]);
  near(words.map(({ mass }) => mass), [0.4, 0.3, 0.3]);
  // runs: 0.25 | 0.15 against 0.2 | 0.2; ball: 0.05 | 0.25 against 0.15 | 0.15; the mark: 0.2 | 0.1 against 0.15 | 0.15
  near(words.map(({ matched }) => matched), [0.05, 0.1, 0.05]);
  near(words[0].lift, [1.25, 0.75]);
  near(words[1].lift, [1 / 3, 5 / 3]);
  near(patchMatched, [0.1, 0.1]);
  near([matched], [0.2]);
  assert.deepEqual(words.map(({ peak: { row, column } }) => [row, column]), [[0, 0], [0, 1], [0, 0]]);
});

Deno.test("explainTransport() finds nothing matched in an even spread, and everything in a pairing", () => {
  const words = ["a", "b", "c", "d"];
  const even = explainTransport({
    plan: new Float32Array(16).fill(1 / 16),
    rows: 2,
    columns: 2,
    tokens: words,
  });
  near([even.matched], [0]);
  for (const { lift } of even.words) near(lift, [1, 1, 1, 1]);
  const pairs = Float32Array.from({ length: 16 }, (_, i) => i % 5 === 0 ? 0.25 : 0);
  const paired = explainTransport({ plan: pairs, rows: 2, columns: 2, tokens: words });
  near([paired.matched], [0.75]);
  assert.deepEqual(paired.words.map(({ peak }) => peak), [
    { row: 0, column: 0, lift: 4 },
    { row: 0, column: 1, lift: 4 },
    { row: 1, column: 0, lift: 4 },
    { row: 1, column: 1, lift: 4 },
  ]);
});

Deno.test("explainTransport() keeps the masses of a plan that POT made", () => {
  const plan = golden.results[0].plan.flat();
  const n = plan.length / 48;
  const tokens = Array.from({ length: n }, (_, i) => `w${i}`);
  const result = explainTransport({ plan, rows: 8, columns: 6, tokens });
  const rowSums = Array.from(
    { length: 48 },
    (_, m) => plan.slice(m * n, (m + 1) * n).reduce((a, b) => a + b),
  );
  const columnSums = tokens.map((_, k) => rowSums.reduce((sum, _, m) => sum + plan[m * n + k], 0));
  near(result.patchMass, rowSums);
  near(result.words.map(({ mass }) => mass), columnSums);
  const total = rowSums.reduce((a, b) => a + b);
  let variation = 0;
  for (let m = 0; m < 48; m++) {
    for (let k = 0; k < n; k++) {
      variation += Math.abs(plan[m * n + k] - rowSums[m] * columnSums[k] / total) / 2;
    }
  }
  near([result.mass, result.matched], [total, variation], 1e-9);
  near(
    result.words.map(({ lift, mass }) => lift.reduce((sum, l, m) => sum + l * rowSums[m] * mass / total, 0)),
    columnSums,
    1e-9,
  );
});

Deno.test("explainTransport() refuses plans that do not fit", () => {
  const bad: [object, RegExp][] = [
    [{ plan: plan.slice(1) }, /found 15 numbers for 2 patches and 6 tokens/],
    [{ rows: 0 }, /0 × 2 patches/],
    [{ tokens: [...tokens, "a", "b", "c"] }, /9 tokens/],
    [{ plan: plan.with(3, NaN) }, /found NaN at patch 0, token 3/],
    [{ plan: plan.with(8 + 4, -1e-9) }, /at patch 1, token 4/],
    [{ plan: plan.with(1, Infinity) }, /found Infinity/],
    [{ plan: plan.map(() => 0) }, /no word has any mass/],
    [{ tokens: ["[CLS]", "[SEP]"] }, /no word has any mass/],
  ];
  for (const [change, message] of bad) {
    assert.throws(() => explainTransport({ plan, rows: 1, columns: 2, tokens, ...change }), {
      name: "RangeError",
      message,
    });
  }
});

Deno.test("shownWords() puts words together, names before particles, the best matched first", () => {
  const tokens = ["the", "ball", ",", "the", "ball", "rolls", "unread"];
  // patch 0 | patch 1, with 0.5 each
  const columns = [[0.1, 0], [0.1, 0], [0, 0.1], [0, 0.1], [0.1, 0.1], [0.2, 0.2], [0, 0]];
  const plan = [0, 1].flatMap((patch) => columns.map((column) => column[patch]));
  const explanation = explainTransport({ plan, rows: 2, columns: 1, tokens });
  const words = shownWords(explanation, 8);
  assert.deepEqual(words.map(({ text, count }) => [text, count]), [["ball", 2], ["rolls", 1], ["the", 2]]);
  // ball: 0.1 | 0 and 0.1 | 0.1, of which 0.05 and nothing lie above an even spread
  near([words[0].mass, words[0].share, words[0].peak], [0.3, 0.05 / 0.3, 4 / 3]);
  near(words[0].lift, [4 / 3, 2 / 3]);
  // the occurrences of "the" each found a place, and opposite ones
  near([words[2].share, words[2].peak], [0.5, 1]);
  assert.equal(shownWords(explanation, 2).length, 2);
});
