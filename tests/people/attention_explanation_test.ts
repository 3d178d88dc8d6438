import assert from "node:assert/strict";
import { explainAttention } from "../../people/attention_explanation.ts";
import { distinctWords } from "../../people/explained_words.ts";

const near = (actual: ArrayLike<number>, expected: ArrayLike<number>, bound = 1e-12) => {
  assert.equal(actual.length, expected.length);
  for (let i = 0; i < expected.length; i++) {
    assert.ok(Math.abs(actual[i] - expected[i]) <= bound, `${i}: ${actual[i]}, expected ${expected[i]}`);
  }
};

/** Rows are patches of a 1 × 2 grid; columns [CLS], run, ##s, ball, [SEP] and padding, which gets nothing. */
const tokens = ["[CLS]", "run", "##s", "ball", "[SEP]"];
const attention = [
  [0.1, 0.2, 0.3, 0.1, 0.3, 0],
  [0.5, 0.1, 0.0, 0.3, 0.1, 0],
].flat();
const grid = { rows: 1, columns: 2, tokens };

Deno.test("explainAttention() measures words against patches that all look alike", () => {
  const { mass, matched, words, patchMass, attention: map } = explainAttention({ attention, ...grid });
  assert.deepEqual(words.map(({ text }) => text), ["runs", "ball"]);
  near(map, [0.1, 0.2, 0.3, 0.1, 0.3, 0.5, 0.1, 0.0, 0.3, 0.1]);
  // shares of all attention: runs (0.5 + 0.1) / 2, ball (0.1 + 0.3) / 2; the rest is on [CLS] and [SEP]
  near(words.map(({ mass }) => mass), [0.3, 0.2]);
  near([mass], [0.5]);
  near(patchMass, [0.3, 0.2]);
  // runs: 0.25 | 0.05 against 0.15 | 0.15; ball: 0.05 | 0.15 against 0.1 | 0.1. The first patch looks more at words, but
  // even means that all patches look alike, not that they share words as they share all of them.
  near(words.map(({ matched }) => matched), [0.1, 0.05]);
  near([matched], [0.15]);
  near(words[0].lift, [5 / 3, 1 / 3]);
  near(words[1].lift, [0.5, 1.5]);
  assert.deepEqual(words.map(({ peak }) => peak.column), [0, 1]);
  const word = distinctWords(explainAttention({ attention, ...grid })).get("runs")!;
  near([word.mass, word.share, word.peak], [0.3, 1 / 3, 5 / 3]);
});

Deno.test("explainAttention() finds nothing in attention that is the same everywhere, or on no word", () => {
  const even = explainAttention({
    attention: new Float32Array(8).fill(0.25),
    rows: 2,
    columns: 1,
    tokens: ["[CLS]", "a", "b", "[SEP]"],
  });
  near([even.matched, even.mass], [0, 0.5]);
  for (const { lift } of even.words) near(lift, [1, 1]);
  const none = explainAttention({
    attention: [1, 0, 0, 1, 0, 0],
    rows: 2,
    columns: 1,
    tokens: ["[CLS]", "a", "b"],
  });
  near([none.mass, none.matched], [0, 0]);
  for (const { lift } of none.words) near(lift, [0, 0]);
});

Deno.test("explainAttention() refuses maps that do not fit", () => {
  for (
    const [change, message] of [
      [{ attention: attention.slice(1) }, /the cross-attention: found 11 numbers for 2 patches and 5 tokens/],
      [{ columns: 1.5 }, /a cross-attention over 1 × 1.5 patches/],
      [{ attention: attention.with(3, NaN) }, /the cross-attention: found NaN at patch 0, token 3/],
      [{ attention: attention.with(6, -1) }, /found -1 at patch 1, token 0/],
    ] as [object, RegExp][]
  ) {
    assert.throws(() => explainAttention({ attention, ...grid, ...change }), { name: "RangeError", message });
  }
});
