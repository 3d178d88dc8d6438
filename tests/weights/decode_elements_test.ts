import assert from "node:assert/strict";
import { decodeElements } from "../../weights/decode_elements.ts";
import { elementBytes, type ElementType } from "../../weights/element_type.ts";

/** Little-endian bytes of numbers of one type, written one by one. */
function bytesOf(type: ElementType, values: number[]): Uint8Array<ArrayBuffer> {
  const width = elementBytes(type);
  const view = new DataView(new ArrayBuffer(values.length * width));
  const write: Record<ElementType, (position: number, value: number) => void> = {
    float64: (position, value) => view.setFloat64(position, value, true),
    float32: (position, value) => view.setFloat32(position, value, true),
    float16: (position, value) => view.setFloat16(position, value, true),
    bfloat16: (position, value) => view.setUint16(position, value, true),
    int64: (position, value) => view.setBigInt64(position, BigInt(value), true),
    uint64: (position, value) => view.setBigUint64(position, BigInt(value), true),
    int32: (position, value) => view.setInt32(position, value, true),
    uint32: (position, value) => view.setUint32(position, value, true),
    int16: (position, value) => view.setInt16(position, value, true),
    uint16: (position, value) => view.setUint16(position, value, true),
    int8: (position, value) => view.setInt8(position, value),
    uint8: (position, value) => view.setUint8(position, value),
    bool: (position, value) => view.setUint8(position, value),
  };
  values.forEach((value, index) => write[type](index * width, value));
  return new Uint8Array(view.buffer);
}

function decode(type: ElementType, values: number[]): number[] {
  const destination = new Float32Array(values.length).fill(9);
  decodeElements(type, bytesOf(type, values), destination);
  return [...destination];
}

Deno.test("decodeElements() reads every type", () => {
  const cases: [ElementType, number[]][] = [
    ["float32", [1.5, -0.25, 3e38]],
    ["float16", [1.5, -0.25, 65504, 2 ** -24]],
    ["float64", [1.5, -0.25]],
    ["int64", [0, -1, 2 ** 40]],
    ["uint64", [0, 2 ** 40]],
    ["int32", [-(2 ** 31), 7]],
    ["uint32", [2 ** 31]],
    ["int16", [-32768, 32767]],
    ["uint16", [65535]],
    ["int8", [-128, 127]],
    ["uint8", [255, 0]],
    ["bool", [1, 0]],
  ];
  for (const [type, values] of cases) {
    assert.deepEqual(decode(type, values), values.map(Math.fround), type);
  }
});

Deno.test("decodeElements() reads bfloat16 as the upper half of a float32", () => {
  // 0x3fc0 = 1.5, 0xc000 = -2, 0x7f80 = infinity, 0x0001 = 2^-133.
  assert.deepEqual(decode("bfloat16", [0x3fc0, 0xc000, 0x7f80, 0x0001]), [1.5, -2, Infinity, 2 ** -133]);
});

Deno.test("decodeElements() rounds float64 to nearest", () => {
  assert.deepEqual(decode("float64", [1 / 3, 1 + 2 ** -24, 1 + 3 * 2 ** -24]), [
    Math.fround(1 / 3),
    1,
    1 + 2 ** -22,
  ]);
});

Deno.test("decodeElements() refuses integers that float32 would round", () => {
  assert.throws(() => decode("int64", [2 ** 24 + 1]), {
    name: "RangeError",
    message: "Cannot convert integer 16777217 to float32: it would be rounded",
  });
  assert.throws(() => decode("uint64", [2 ** 63]), { name: "RangeError" });
  assert.throws(() => decode("int32", [-(2 ** 24) - 1]), { name: "RangeError" });
});

Deno.test("decodeElements() refuses a wrong number of bytes", () => {
  assert.throws(() => decodeElements("float16", new Uint8Array(5), new Float32Array(2)), {
    name: "RangeError",
    message: "Cannot decode 2 elements of float16: 5 bytes, expected 4",
  });
});
