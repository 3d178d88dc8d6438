import assert from "node:assert/strict";
import type { onnx } from "onnx-proto";
import { isParameterName, recoverOnnxNames } from "../../../weights/convert/onnx_names.ts";

interface TestGraph {
  tensors: Record<string, number[]>;
  nodes: [type: string, inputs: string[], output: string, extra?: onnx.INodeProto][];
}

function recover({ tensors, nodes }: TestGraph): Record<string, string> {
  const found = recoverOnnxNames({
    initializer: Object.entries(tensors).map(([name, dims]) => ({ name, dims })),
    node: nodes.map(([opType, input, output, extra = {}]) => ({ opType, input, output: [output], ...extra })),
  });
  return Object.fromEntries(
    [...found].map((
      [name, { initializer, transposed }],
    ) => [name, transposed ? `${initializer} transposed` : initializer]),
  );
}

const transB = { attribute: [{ name: "transB", i: 1 }] };

Deno.test("recoverOnnxNames() tells a linear layer by the bias that is added, on either side", () => {
  const graph: TestGraph = {
    tensors: { "onnx::MatMul_7": [2, 3], val_8: [3, 2], "a.fc1.bias": [3], "a.fc2.bias": [2] },
    nodes: [
      ["MatMul", ["x", "onnx::MatMul_7"], "h"],
      ["Add", ["a.fc1.bias", "h"], "i"],
      ["MatMul", ["i", "val_8"], "j"],
      ["Add", ["j", "a.fc2.bias"], "k"],
      ["MatMul", ["k", "i"], "attention"],
    ],
  };
  assert.deepEqual(recover(graph), {
    "a.fc1.weight": "onnx::MatMul_7 transposed",
    "a.fc2.weight": "val_8 transposed",
  });
});

Deno.test("recoverOnnxNames() tells a layer without a bias by the path of its node, sequences taken once", () => {
  const graph: TestGraph = {
    tensors: { one: [2, 2], two: [2, 2], three: [2, 2, 4, 4], four: [2, 2] },
    nodes: [
      ["MatMul", ["x", "one"], "a", { name: "/blocks.0/attn/qkv/MatMul" }],
      ["MatMul", ["a", "two"], "b", { name: "/ffn/layers/layers.0/layers.0.0/MatMul" }],
      ["ConvTranspose", ["b", "three"], "c", { name: "/head/deconv_layers/deconv_layers.3/ConvTranspose" }],
      ["MatMul", ["c", "four"], "d", { name: "MatMul_12" }],
    ],
  };
  assert.deepEqual(recover(graph), {
    "blocks.0.attn.qkv.weight": "one transposed",
    "ffn.layers.0.0.weight": "two transposed",
    "head.deconv_layers.3.weight": "three",
  });
});

Deno.test("recoverOnnxNames() knows whether Gemm or a Transpose already turns a weight", () => {
  const graph: TestGraph = {
    tensors: {
      "a.weight": [3, 2],
      "a.bias": [3],
      val_1: [2, 3],
      "b.bias": [3],
      val_2: [3, 2],
      "c.bias": [3],
      "d.weight": [3, 2],
      val_3: [2, 3],
      "e.bias": [3],
      val_4: [2, 3],
      "f.bias": [3],
    },
    nodes: [
      ["Gemm", ["x", "a.weight", "a.bias"], "1", transB],
      ["Gemm", ["x", "val_1", "b.bias"], "2"],
      ["Gemm", ["x", "val_2", "c.bias"], "3", transB],
      ["Transpose", ["d.weight"], "turned"],
      ["MatMul", ["x", "turned"], "4"],
      ["Transpose", ["val_3"], "turned twice"],
      ["Cast", ["turned twice"], "cast"],
      ["Gemm", ["x", "cast", "e.bias"], "5", transB],
      ["Transpose", ["val_4"], "there"],
      ["Transpose", ["there"], "back"],
      ["MatMul", ["x", "back"], "6"],
      ["Add", ["6", "f.bias"], "7"],
      ["Transpose", ["d.weight"], "d.weight_t"],
    ],
  };
  assert.deepEqual(recover(graph), {
    "b.weight": "val_1 transposed",
    "c.weight": "val_2",
    "e.weight": "val_3 transposed",
    "f.weight": "val_4 transposed",
  });
});

Deno.test("recoverOnnxNames() gives equal parameters, which are stored once, their own names", () => {
  const graph: TestGraph = {
    tensors: { "norm1.bias": [2], val_1: [2, 2], val_2: [2, 2] },
    nodes: [
      ["Identity", ["norm1.bias"], "norm2.bias"],
      ["Identity", ["norm2.bias"], "fc.bias"],
      ["MatMul", ["x", "val_1"], "a"],
      ["Add", ["fc.bias", "a"], "b"],
    ],
  };
  assert.deepEqual(recover(graph), {
    "norm2.bias": "norm1.bias",
    "fc.bias": "norm1.bias",
    "fc.weight": "val_1 transposed",
  });
});

Deno.test("recoverOnnxNames() finds the bias that a folded batch normalisation leaves", () => {
  const graph: TestGraph = {
    tensors: { "head.deconv1.weight": [2, 2, 4, 4], "head.deconv1.weight_bias": [2] },
    nodes: [["ConvTranspose", ["x", "head.deconv1.weight", "head.deconv1.weight_bias"], "y"]],
  };
  assert.deepEqual(recover(graph), { "head.deconv1.bias": "head.deconv1.weight_bias" });
});

Deno.test("recoverOnnxNames() finds the two constants of a position embedding, and no others", () => {
  const graph: TestGraph = {
    tensors: { scale: [1], patches: [1, 6, 2], slot: [1, 1, 2], other: [1, 6, 3] },
    nodes: [
      ["Add", ["w", "other"], "x"],
      ["Add", ["x", "scale"], "y"],
      ["Add", ["y", "patches"], "z"],
      ["Add", ["slot", "z"], "end"],
    ],
  };
  assert.deepEqual(recover(graph), { "@positions": "patches", "@class_position": "slot" });
});

Deno.test("recoverOnnxNames() takes no other constants for a position embedding", () => {
  const cases: [first: [string, number[]], second: [string, number[]]][] = [
    [["patches", [1, 6, 2]], ["slot", [1, 1, 3]]],
    [["patches", [1, 1, 2]], ["slot", [1, 1, 2]]],
    [["patches", [2, 6, 2]], ["slot", [1, 1, 2]]],
    [["patches", [6, 2]], ["slot", [1, 1, 2]]],
    [["patches", [1, 6, 2]], ["slot", [1, 6, 2]]],
    [["a.pos_embed", [1, 6, 2]], ["slot", [1, 1, 2]]],
    [["patches", [1, 6, 2]], ["a.slot", [1, 1, 2]]],
  ];
  for (const [first, second] of cases) {
    const nodes: TestGraph["nodes"] = [["Add", ["x", first[0]], "y"], ["Add", ["y", second[0]], "z"]];
    assert.deepEqual(
      recover({ tensors: Object.fromEntries([first, second]), nodes }),
      {},
      String([first, second]),
    );
  }
});

Deno.test("recoverOnnxNames() refuses two weights that look like one", () => {
  const graph: TestGraph = {
    tensors: { val_1: [2, 2], val_2: [2, 2], "fc.bias": [2] },
    nodes: [
      ["MatMul", ["x", "val_1"], "a"],
      ["Add", ["a", "fc.bias"], "b"],
      ["MatMul", ["b", "val_2"], "c"],
      ["Add", ["c", "fc.bias"], "d"],
    ],
  };
  assert.throws(() => recover(graph), {
    name: "TypeError",
    message: "Cannot tell weights apart: val_1 and val_2 both look like fc.weight",
  });
});

Deno.test("recoverOnnxNames() ends on a graph that goes in circles, and on an empty one", () => {
  const graph: TestGraph = {
    tensors: {},
    nodes: [["Identity", ["a"], "b"], ["Identity", ["b"], "a"], ["MatMul", ["x", "a"], "c"]],
  };
  assert.deepEqual(recover(graph), {});
  assert.equal(recoverOnnxNames({}).size, 0);
});

Deno.test("isParameterName() tells dotted paths from what exporters make up", () => {
  for (const name of ["a.weight", "model.blocks.0.attn.qkv.bias", "x.weight_bias"]) {
    assert.ok(isParameterName(name), name);
  }
  for (
    const name of ["val_31", "onnx::MatMul_204", "/model/Constant_output_0", "/a.b/C_output_0", "", "a b.c"]
  ) {
    assert.ok(!isParameterName(name), name);
  }
});
