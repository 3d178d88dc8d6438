import assert from "node:assert/strict";
import { layOutOnnx, type OnnxModelDescription } from "../../weights/onnx_layout.ts";
import type { FloatTensorSource, IntegerTensorSource } from "../../weights/tensor_source.ts";

/** A model whose tensors are never made: the layout comes from shapes alone. */
function describe(shapes: number[][]): OnnxModelDescription {
  const tensors = shapes.map((shape, index): FloatTensorSource => ({
    name: `t${index}`,
    shape,
    dataType: "float32",
    read: () => Promise.reject(new Error("A layout must not make tensors")),
  }));
  return {
    name: "g",
    nodes: [],
    inputs: [],
    outputs: [],
    opsets: new Map([["", 17]]),
    irVersion: 8,
    producer: { name: "", version: "" },
    metadata: new Map(),
    tensors,
  };
}

const options = { external: false, location: "model.onnx_data" };

Deno.test("layOutOnnx() keeps a model under 2 GB in one file, to the byte", () => {
  // Head, and per tensor: tag and length of the initializer, its description, tag and length of the raw data.
  const overhead = layOutOnnx(describe([[(2 ** 31 - 2 ** 10) / 4]]), options).modelBytes -
    (2 ** 31 - 2 ** 10);
  const largest = Math.floor((2 ** 31 - 1 - overhead) / 4);
  const inside = layOutOnnx(describe([[largest]]), options);
  assert.equal(inside.dataBytes, 0);
  assert.ok(inside.modelBytes <= 2 ** 31 - 1);
  const outside = layOutOnnx(describe([[largest + 1]]), options);
  assert.equal(outside.dataBytes, (largest + 1) * 4);
  assert.ok(outside.modelBytes < 1000);
});

Deno.test("layOutOnnx() aligns external tensors to 4096 bytes without overlap, and keeps small ones inline", () => {
  const { tensors, dataBytes } = layOutOnnx(describe([[256], [255], [1025], [0], [2, 512]]), {
    ...options,
    external: true,
  });
  assert.deepEqual(tensors.map(({ dataOffset }) => dataOffset), [0, undefined, 4096, undefined, 4096 * 3]);
  assert.equal(dataBytes, 4096 * 3 + 4096);
});

Deno.test("layOutOnnx() plans several tensors over 2 GB each", () => {
  const shape = [3 * 2 ** 28, 3];
  const { tensors, dataBytes } = layOutOnnx(describe([shape, shape]), options);
  assert.deepEqual(tensors.map(({ dataOffset }) => dataOffset), [0, 9 * 2 ** 30]);
  assert.equal(dataBytes, 18 * 2 ** 30);
});

Deno.test("layOutOnnx() refuses structure over 2 GB that external data cannot relieve", () => {
  const indices: IntegerTensorSource = {
    name: "a",
    shape: [2 ** 29],
    dataType: "int64",
    read: () => Promise.reject(new Error("A layout must not make tensors")),
  };
  const model = { ...describe([]), tensors: [indices] };
  assert.throws(() => layOutOnnx(model, options), {
    name: "RangeError",
    message: /^Cannot write ONNX model g: 42949\d+ bytes without external data, expected at most 2147483647$/,
  });
});
