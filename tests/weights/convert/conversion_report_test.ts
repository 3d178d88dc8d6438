import assert from "node:assert/strict";
import { formatReport } from "../../../weights/convert/conversion_report.ts";

Deno.test("formatReport() prints one line for each tensor with where it went", () => {
  const line = { checkpoint: "m.onnx", dropped: undefined };
  assert.deepEqual(
    formatReport({
      recognised: ["m.onnx: Hugging Face ViTPose, 1 blocks, simple head"],
      lines: [
        {
          ...line,
          tensor: "a.weight",
          module: "a.weight",
          to: [{ name: "vision.norm.weight", recipe: "copy" }],
        },
        {
          ...line,
          tensor: "val_1",
          module: "b.weight",
          to: [{ name: "vision.x", recipe: "concatenateRows" }],
        },
        { ...line, tensor: "c", module: "c", to: [], dropped: "a counter of training" },
        { ...line, tensor: "d", module: "d", to: [] },
      ],
      unused: ["d of m.onnx"],
      missing: ["vision.norm.bias"],
      notes: ["m.onnx has no head: a new one has to be trained"],
    }),
    [
      "m.onnx: Hugging Face ViTPose, 1 blocks, simple head",
      "a.weight → vision.norm.weight",
      "val_1 (b.weight) → vision.x by concatenateRows",
      "c: not needed, a counter of training",
      "d: unused",
      "missing vision.norm.bias",
      "m.onnx has no head: a new one has to be trained",
    ],
  );
});
