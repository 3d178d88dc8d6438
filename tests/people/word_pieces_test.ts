import assert from "node:assert/strict";
import { mergePieces } from "../../people/word_pieces.ts";

/** The text as it is drawn: words with the spaces between them. */
const drawn = (tokens: string[]) =>
  mergePieces(tokens).map(({ text, isJoined }, i) => (i === 0 || isJoined ? "" : " ") + text).join("");

Deno.test("mergePieces() puts the pieces of words together and leaves special tokens out", () => {
  const words = mergePieces(["[CLS]", "a", "wheel", "##ch", "##air", "rolls", ".", "[SEP]", "[PAD]"]);
  assert.deepEqual(words.map(({ text, tokens, isMark }) => [text, tokens, isMark]), [
    ["a", [1], false],
    ["wheelchair", [2, 3, 4], false],
    ["rolls", [5], false],
    [".", [6], true],
  ]);
});

Deno.test("mergePieces() spaces words as a reader expects them", () => {
  const cases: [string[], string][] = [
    [
      ["a", "left", "-", "hand", "##ed", "man", ",", "who", "'", "s", "tall"],
      "a left-handed man, who's tall",
    ],
    [["he", "(", "on", "the", "left", ")", "runs", "!"], "he (on the left) runs!"],
    [["90", "%", "of", "it", ":", "she", "turns", "…"], "90% of it: she turns…"],
    [["一", "名"], "一 名"],
  ];
  for (const [tokens, text] of cases) assert.equal(drawn(tokens), text);
});

Deno.test("mergePieces() keeps a piece without a word, and does not join across a special token", () => {
  assert.deepEqual(
    mergePieces(["[CLS]", "##ing", "[UNK]", "a", "[SEP]", "##b", "##"]).map(({ text }) => text),
    [
      "ing",
      "[UNK]",
      "a",
      "b",
      "##",
    ],
  );
  assert.deepEqual(mergePieces(["[CLS]", "[SEP]"]), []);
});
