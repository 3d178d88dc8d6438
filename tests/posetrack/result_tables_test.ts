import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { evaluatedJoints, summarizeJoints } from "../../posetrack/joints.ts";
import { publishedTables } from "../../posetrack/published_tables.ts";
import { markdownTables, textTables } from "../../posetrack/result_tables.ts";

/** Joint j has 10 + j; the ankles are undefined. */
const values = summarizeJoints(
  evaluatedJoints.map((joint, index) => joint.endsWith("ankle") ? NaN : 10 + index),
);

Deno.test("summarizeJoints() means computed by hand", () => {
  // right_shoulder 18, left_shoulder 19; head_top 24, neck 22, nose 23.
  assert.equal(values.shoulder, 18.5);
  assert.equal(values.head, 23);
  assert.equal(values.ankle, null);
  assert.equal(values.right_ankle, null);
  // 10 … 24 without 10 and 15: (255 - 25) / 13.
  assert.equal(values.mean, 230 / 13);
  assert.deepEqual(Object.keys(values).slice(0, 15), evaluatedJoints);
  assert.deepEqual(Object.keys(values).slice(15), [
    "head",
    "shoulder",
    "elbow",
    "wrist",
    "hip",
    "knee",
    "ankle",
    "mean",
  ]);
  assert.deepEqual(new Set(Object.values(summarizeJoints(new Float64Array(15).fill(NaN)))), new Set([null]));
});

Deno.test("textTables() sets the paper's columns, then the joints", () => {
  const lines = textTables([{ name: "AP", values }]).split("\n");
  assert.equal(lines[0], "    Head  Shoulder  Elbow  Wrist   Hip  Knee  Ankle  Mean");
  assert.equal(lines[1], "AP  23.0      18.5   18.5   18.5  12.5  12.5      –  17.7");
  assert.equal(lines[3], "                  AP");
  assert.equal(lines[4], "right_ankle        –");
  assert.equal(lines.at(-1), "head_top        24.0");
});

Deno.test("markdownTables() puts the measured row into the table of its data set and labels the others", () => {
  const result = { ap: values, precision: values, recall: values, frames: 7 };
  const measured =
    "| **results: measured here, 7 frames** | **23.0** | **18.5** | **18.5** | **18.5** | **12.5** | " +
    "**12.5** | **–** | **17.7** |";
  for (
    const [format, dataset] of [["posetrack2017", "PoseTrack2017"], ["posetrack21", "PoseTrack21"]] as const
  ) {
    const sections = markdownTables(result, { name: "results", format }).split("\n## ").slice(1);
    assert.equal(sections.length, 3);
    for (const section of sections) {
      assert.match(section, /^\S+ \(published: Table [123] of the paper\)\n/);
      assert.equal(section.includes(measured), section.startsWith(dataset));
      const rows = section.split("\n").filter((line) => line.startsWith("|")).slice(2);
      for (const row of rows) assert.ok(row.includes(": published |") || row === measured, row);
    }
  }
  const coco = markdownTables(result, { name: "results", format: "coco" });
  assert.match(coco, /\n## Measured\n\n\| Method .*\n.*\n\| \*\*results: measured here/);
});

const paper = new URL("../../../shared/paper/lapose.txt", import.meta.url).pathname;

Deno.test({
  name: "publishedTables equal the paper's Tables 1–3",
  ignore: !existsSync(paper),
  async fn() {
    const text = await readFile(paper, "utf8");
    assert.deepEqual(publishedTables.map(({ rows }) => rows.length), [14, 13, 9]);
    for (const { table, rows } of publishedTables) {
      const end = text.indexOf(`Table ${table}: Quantitative results`);
      const printed = text.slice(text.lastIndexOf("Method\tHead", end), end).trim().split("\n").slice(1);
      const ours = rows.map(({ method, ap }) =>
        [method, ...ap.map((value) => value === null ? "-" : value.toFixed(1))].join("\t")
      );
      assert.deepEqual(ours, printed);
    }
  },
});
