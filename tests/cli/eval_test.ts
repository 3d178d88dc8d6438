import assert from "node:assert/strict";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { UsageError } from "../../cli/command_error.ts";
import { evaluateCommand, evaluateDatasetCommand } from "../../cli/eval.ts";
import { keypointSets } from "../../people/keypoint_sets.ts";
import { evaluatedJoints } from "../../posetrack/joints.ts";
import { poseTrack2018 } from "../posetrack/documents.ts";
import { assertJointValues, goldenCases, withFiles } from "../posetrack/golden_cases.ts";

const keys = [...evaluatedJoints, "head", "shoulder", "elbow", "wrist", "hip", "knee", "ankle", "mean"];

async function golden(name: string) {
  const found = (await goldenCases()).find((candidate) => candidate.case === name);
  assert.ok(found !== undefined);
  return found;
}

Deno.test("evaluateCommand() prints the JSON contract, null where poseval has NaN", async () => {
  const { expected, ...files } = await golden("joints_that_never_occur");
  await withFiles(files, async ({ groundTruth: gt, prediction: pred }) => {
    const printed: string[] = [];
    await evaluateCommand({ gt, pred, json: true, print: (text) => printed.push(text) });
    assert.equal(printed.length, 1);
    const result = JSON.parse(printed[0]);
    assert.deepEqual(Object.keys(result), ["ap", "precision", "recall", "frames"]);
    for (const map of ["ap", "precision", "recall"] as const) {
      assert.deepEqual(Object.keys(result[map]), keys);
      assertJointValues(result[map], expected[map], { bound: 1e-9, label: map });
    }
    assert.equal(result.ap.right_ankle, null);
    assert.equal(result.ap.ankle, null);
    assert.equal(result.ap.left_ankle, 0);
    assert.equal(result.frames, 3);
  });
});

Deno.test("evaluateCommand() prints tables, and the other metrics as JSON", async () => {
  const { expected, ...files } = await golden("tracks");
  await withFiles(files, async ({ groundTruth: gt, prediction: pred }) => {
    const printed: string[] = [];
    const print = (text: string) => void printed.push(text);
    await evaluateCommand({ gt, pred, print });
    assert.match(
      printed[0],
      /^ +Head {2}Shoulder {2}Elbow .*\nAP .*\nPrecision .*\nRecall .*\n\n.*\nright_ankle/,
    );
    assert.match(printed[0], /\n15 frames$/);
    await evaluateCommand({ gt, pred, json: true, metric: "mota", print });
    const { mota, frames } = JSON.parse(printed[1]);
    assert.ok(expected.tracking !== undefined);
    assertJointValues(mota, expected.tracking.mota, { bound: 1e-9, label: "mota" });
    assert.equal(frames, 15);
    await evaluateCommand({ gt, pred, json: true, metric: "oks", print });
    const { oks } = JSON.parse(printed[2]);
    assert.deepEqual(Object.keys(oks), [
      "AP",
      "AP50",
      "AP75",
      "APm",
      "APl",
      "AR",
      "AR50",
      "AR75",
      "ARm",
      "ARl",
    ]);
  });
});

Deno.test("evaluateCommand() writes curves and the paper's table, of average precision only", async () => {
  const { expected: _, ...files } = await golden("random");
  await withFiles(files, async ({ groundTruth: gt, prediction: pred, folder }) => {
    const svg = join(folder, "out", "curves.svg");
    const markdown = join(folder, "out", "table.md");
    await evaluateCommand({ gt, pred, svg, markdown, print: () => {} });
    assert.match(await readFile(svg, "utf8"), /^<svg [^>]*>[\s\S]*<\/svg>\n$/);
    assert.match(await readFile(markdown, "utf8"), /\| \*\*pred: measured here, \d+ frames\*\* \|/);
    assert.deepEqual((await readdir(join(folder, "out"))).sort(), ["curves.svg", "table.md"]);
    await assert.rejects(evaluateCommand({ gt, pred, svg, metric: "mota" }), UsageError);
  });
});

Deno.test("evaluateDatasetCommand() goes from a model to the table", () =>
  withFiles({ gt: { a: poseTrack2018() }, pred: {} }, async ({ folder }) => {
    for (const { file_name } of poseTrack2018().images) {
      await mkdir(join(folder, dirname(file_name)), { recursive: true });
      await writeFile(join(folder, file_name), "");
    }
    const dataset = join(folder, "dataset.json");
    await writeFile(dataset, JSON.stringify({ annotations: "gt", images: ".", results: "out" }));
    const printed: string[] = [];
    const set = keypointSets.posetrack17;
    await evaluateDatasetCommand({ dataset, json: true, print: (text) => printed.push(text) }, {
      model: "copy",
      keypoints: set,
      async *estimate({ frames }) {
        for (const { frame } of frames) {
          yield await Promise.resolve(frame.people.map(({ points = [] }) => ({
            box: [0, 0, 1, 1],
            score: 1,
            keypoints: points.map(({ x, y }) => ({ x, y, score: 1 })),
          })));
        }
      },
    });
    const { ap, frames } = JSON.parse(printed[0]);
    assert.deepEqual([ap.mean, frames], [100, 2]);
    assert.deepEqual((await readdir(join(folder, "out"))).sort(), [".lapose-run.json", "a.json"]);
  }));
