import { evaluateTracking } from "../../posetrack/evaluate.ts";
import { assertJointValues, goldenCases, withFiles } from "./golden_cases.ts";

for (const golden of await goldenCases()) {
  const { tracking } = golden.expected;
  if (tracking === undefined) continue;
  Deno.test(`TrackingAccuracy equals poseval: ${golden.case}`, () =>
    withFiles(golden, async (folders) => {
      const { metric } = await evaluateTracking(folders);
      const { mota, motp, precision, recall } = metric.result();
      assertJointValues(mota, tracking.mota, { bound: 1e-9, label: "mota" });
      assertJointValues(motp, tracking.motp, { bound: 1e-9, label: "motp" });
      assertJointValues(precision, tracking.pre, { bound: 1e-9, label: "precision" });
      assertJointValues(recall, tracking.rec, { bound: 1e-9, label: "recall" });
    }));
}
