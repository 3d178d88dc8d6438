import assert from "node:assert/strict";
import { checkForwardInputs, type ForwardInputs } from "../../estimation/forward_inputs.ts";
import { smallConfig } from "./small_weights.ts";

const config = smallConfig();
const person = 3 * 3 * 64 * 48; // F · 3 · H · W
const { vocabularySize } = config.text;

function inputs(batch: number, tokens: number): Required<ForwardInputs> {
  return {
    pixels: new Float32Array(batch * person),
    inputIds: new Int32Array(batch * tokens).fill(5),
    attentionMask: new Int32Array(batch * tokens).fill(1),
  };
}

Deno.test("checkForwardInputs() finds B and N from the lengths", () => {
  const whole = inputs(3, 5);
  assert.deepEqual(checkForwardInputs(whole, config), {
    pixels: whole.pixels,
    batch: 3,
    text: { inputIds: whole.inputIds, attentionMask: whole.attentionMask, shape: [3, 5] },
  });
  assert.deepEqual(checkForwardInputs({ pixels: whole.pixels }, config), { pixels: whole.pixels, batch: 3 });
});

Deno.test("checkForwardInputs() expects one frame without the temporal part", () => {
  const single = { ...smallConfig(), temporal: false };
  assert.equal(checkForwardInputs({ pixels: new Float32Array(2 * person / 3) }, single).batch, 2);
  assert.throws(() => checkForwardInputs({ pixels: new Float32Array(person / 3) }, config), TypeError);
});

Deno.test("checkForwardInputs() takes ids and tokens up to the limits", () => {
  const whole = inputs(1, config.text.positions);
  whole.inputIds[0] = 0;
  whole.inputIds[1] = vocabularySize - 1;
  whole.attentionMask.fill(0, 1);
  assert.deepEqual(checkForwardInputs(whole, config).text?.shape, [1, 64]);
});

const cases: readonly [string, (whole: Required<ForwardInputs>) => unknown, RegExp][] = [
  ["pixels of another kind", ({ pixels }) => ({ pixels: [...pixels] }), /pixels is no Float32Array/],
  ["no pixels", () => ({}), /pixels is no Float32Array/],
  [
    "no person",
    () => ({ pixels: new Float32Array(0) }),
    /pixels of 0 values, expected a multiple of 27648 \(\[B, 3, 3, 64, 48\]\)/,
  ],
  ["half a person", () => ({ pixels: new Float32Array(person * 1.5) }), /pixels of 41472 values/],
  ["NaN in pixels", (whole) => (whole.pixels[17] = NaN, whole), /pixels: NaN at 17, expected finite/],
  ["infinite pixels", (whole) => (whole.pixels[0] = -Infinity, whole), /pixels: -Infinity at 0/],
  ["ids without mask", ({ pixels, inputIds }) => ({ pixels, inputIds }), /both or neither/],
  ["a mask without ids", ({ pixels, attentionMask }) => ({ pixels, attentionMask }), /both or neither/],
  [
    "ids of another kind",
    (whole) => ({ ...whole, inputIds: Float32Array.from(whole.inputIds) }),
    /inputIds and attentionMask as Int32Array/,
  ],
  [
    "another number of ids than mask values",
    (whole) => ({ ...whole, inputIds: new Int32Array(12) }),
    /12 ids and 10 mask values for 2 people: expected \[2, N\] each with N from 1 to 64/,
  ],
  [
    "ids that do not divide by the people",
    (whole) => ({ ...whole, inputIds: new Int32Array(9), attentionMask: new Int32Array(9) }),
    /9 ids/,
  ],
  [
    "empty ids",
    (whole) => ({ ...whole, inputIds: new Int32Array(0), attentionMask: new Int32Array(0) }),
    /0 ids/,
  ],
  ["more tokens than positions", () => inputs(2, 65), /N from 1 to 64/],
  ["a negative id", (whole) => (whole.inputIds[3] = -1, whole), /inputIds: -1 at 3, expected 0 to \d+/],
  [
    "an id beyond the vocabulary",
    (whole) => (whole.inputIds[9] = vocabularySize, whole),
    new RegExp(`inputIds: ${vocabularySize} at 9, expected 0 to ${vocabularySize - 1}`),
  ],
  [
    "a mask value of 2",
    (whole) => (whole.attentionMask[4] = 2, whole),
    /attentionMask: 2 at 4, expected 0 or 1/,
  ],
  [
    "a row without any token",
    (whole) => (whole.attentionMask.fill(0, 5, 10), whole),
    /attentionMask: row 1 masks everything/,
  ],
];

for (const [what, change, message] of cases) {
  Deno.test(`checkForwardInputs() refuses ${what}`, () => {
    const wrong = change(inputs(2, 5)) as ForwardInputs;
    assert.throws(() => checkForwardInputs(wrong, config), (error: Error) => {
      assert.match(error.message, message);
      assert.ok(error instanceof TypeError || error instanceof RangeError);
      return true;
    });
  });
}

Deno.test("checkForwardInputs() refuses text where the language part is off", () => {
  assert.throws(
    () => checkForwardInputs(inputs(1, 4), { ...config, language: false }),
    /its language part is off; leave inputIds out/,
  );
});
