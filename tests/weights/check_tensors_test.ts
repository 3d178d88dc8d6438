import assert from "node:assert/strict";
import { checkTensors } from "../../weights/check_tensors.ts";
import type { TensorEntry } from "../../weights/tensor_file.ts";

function file(shapes: Record<string, number[]>) {
  const tensors = new Map<string, TensorEntry>(
    Object.entries(shapes).map(([name, shape]) => [name, { name, shape, dataType: "float32", bytes: 0 }]),
  );
  return { path: "model.onnx", tensors };
}

Deno.test("checkTensors() accepts exactly the expected tensors in any order", () => {
  checkTensors(file({ a: [2, 3], b: [] }), new Map([["b", []], ["a", [2, 3]]]));
});

Deno.test("checkTensors() reports every missing, surplus and misshapen tensor in one error", () => {
  const expected = new Map([["a", [2, 3]], ["b", [4]], ["c", [5]], ["d", [6, 1]]]);
  assert.throws(() => checkTensors(file({ a: [3, 2], d: [6], e: [], f: [7] }), expected), {
    name: "TypeError",
    message: [
      "Cannot use weights of model.onnx: 2 missing, 2 surplus, 2 misshapen of 4 expected tensors",
      "  missing b: expected [4]",
      "  missing c: expected [5]",
      "  surplus e: found [], expected no such tensor",
      "  surplus f: found [7], expected no such tensor",
      "  misshapen a: found [3, 2], expected [2, 3]",
      "  misshapen d: found [6], expected [6, 1]",
    ].join("\n"),
  });
});

Deno.test("checkTensors() passes over surplus tensors that the caller ignores, never over misshapen ones", () => {
  const ignore = (name: string) => name.startsWith("constant.");
  checkTensors(file({ a: [1], "constant.shape": [4] }), new Map([["a", [1]]]), { ignore });
  assert.throws(
    () => checkTensors(file({ "constant.a": [2] }), new Map([["constant.a", [1]]]), { ignore }),
    /misshapen constant.a: found \[2\], expected \[1\]/,
  );
});
