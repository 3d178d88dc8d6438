import assert from "node:assert/strict";
import { decodeFloat16, encodeFloat16 } from "../../weights/float16.ts";

/** Value of a float16 bit pattern, from the definition in IEEE 754, in float64. */
function valueOf(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0x1f) return fraction === 0 ? sign * Infinity : NaN;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

function encode(values: number[]): Uint16Array {
  const halves = new Uint16Array(values.length);
  encodeFloat16(new Float32Array(values), halves);
  return halves;
}

Deno.test("decodeFloat16() gives the IEEE value of all 65536 bit patterns", () => {
  const halves = Uint16Array.from({ length: 65536 }, (_, bits) => bits);
  const values = new Float32Array(65536);
  decodeFloat16(halves, values);
  for (let bits = 0; bits < 65536; bits++) {
    assert.ok(
      Object.is(values[bits], valueOf(bits)),
      `bits ${bits}: ${values[bits]}, expected ${valueOf(bits)}`,
    );
  }
});

Deno.test("encodeFloat16() brings all 65536 bit patterns back, NaN as some NaN", () => {
  const halves = Uint16Array.from({ length: 65536 }, (_, bits) => bits);
  const values = new Float32Array(65536);
  const back = new Uint16Array(65536);
  decodeFloat16(halves, values);
  encodeFloat16(values, back);
  for (let bits = 0; bits < 65536; bits++) {
    if (Number.isNaN(valueOf(bits))) assert.ok(Number.isNaN(valueOf(back[bits])), `bits ${bits}`);
    else assert.equal(back[bits], bits);
  }
});

Deno.test("encodeFloat16() rounds to nearest and ties to even between all neighbours, subnormals and overflow included", () => {
  // 65536 stands where the next half after 65504 would be; its pattern 0x7c00 means infinity.
  const magnitudes = Array.from({ length: 0x7c01 }, (_, bits) => bits === 0x7c00 ? 65536 : valueOf(bits));
  const float = new Float32Array(1);
  const pattern = new Uint32Array(float.buffer);
  const inputs: number[] = [];
  const expected: number[] = [];
  for (let bits = 0; bits < 0x7c00; bits++) {
    // The midpoint is exact in float32; its float32 neighbours fall to one side each.
    float[0] = (magnitudes[bits] + magnitudes[bits + 1]) / 2;
    const even = bits % 2 === 0 ? bits : bits + 1;
    for (const [step, rounded] of [[-1, bits], [0, even], [1, bits + 1]]) {
      const middle = pattern[0];
      pattern[0] = middle + step;
      inputs.push(float[0], -float[0]);
      expected.push(rounded, rounded | 0x8000);
      pattern[0] = middle;
    }
  }
  const halves = encode(inputs);
  for (const [index, half] of halves.entries()) {
    assert.equal(half, expected[index], `${inputs[index]} became ${half}, expected ${expected[index]}`);
  }
});

Deno.test("encodeFloat16() keeps signs of zero and infinity, and overflows large values to infinity", () => {
  assert.deepEqual(
    [...encode([0, -0, Infinity, -Infinity, 3.4e38, -1e5, 65519.99, 65520, 1e-8])],
    [0x0000, 0x8000, 0x7c00, 0xfc00, 0x7c00, 0xfc00, 0x7bff, 0x7c00, 0x0000],
  );
});

Deno.test("encodeFloat16() and decodeFloat16() refuse lengths that differ", () => {
  assert.throws(() => encodeFloat16(new Float32Array(2), new Uint16Array(3)), {
    name: "RangeError",
    message: "Cannot encode float16 values: destination of 3 elements, expected 2",
  });
  assert.throws(() => decodeFloat16(new Uint16Array(2), new Float32Array(1)), {
    name: "RangeError",
    message: "Cannot decode float16 values: destination of 1 elements, expected 2",
  });
});
