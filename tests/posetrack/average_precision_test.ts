import assert from "node:assert/strict";
import { evaluateAveragePrecision } from "../../posetrack/evaluate.ts";
import { assertJointValues, goldenCases, withFiles } from "./golden_cases.ts";

for (const golden of await goldenCases()) {
  Deno.test(`AveragePrecision equals poseval: ${golden.case}`, () =>
    withFiles(golden, async (folders) => {
      const { metric } = await evaluateAveragePrecision(folders);
      const { ap, precision, recall, frames } = metric.result();
      const { expected } = golden;
      assert.equal(frames, expected.frames);
      assertJointValues(ap, expected.ap, { bound: 1e-9, label: "ap" });
      assertJointValues(precision, expected.precision, { bound: 1e-9, label: "precision" });
      assertJointValues(recall, expected.recall, { bound: 1e-9, label: "recall" });
    }));
}
