import assert from "node:assert/strict";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { evaluatedJoints, type JointValues } from "../../posetrack/joints.ts";

/** poseval's values of one measure: 15 joints, then the total; null for NaN. */
export type GoldenValues = (number | null)[];

/** One case of reference/poseval_golden.py. */
export interface GoldenCase {
  case: string;
  gt: Record<string, unknown>;
  pred: Record<string, unknown>;
  expected: {
    ap: GoldenValues;
    precision: GoldenValues;
    recall: GoldenValues;
    frames: number;
    tracking?: { mota: GoldenValues; motp: GoldenValues; pre: GoldenValues; rec: GoldenValues };
  };
}

const folder = new URL("../golden/posetrack/", import.meta.url);

/** Reads all cases, by name. */
export async function goldenCases(): Promise<GoldenCase[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith(".json")).sort();
  return await Promise.all(
    names.map(async (name) => JSON.parse(await readFile(new URL(name, folder), "utf8")) as GoldenCase),
  );
}

/** Writes documents as JSON files into a temporary folder with `gt` and `pred` beneath, for as long as `use` runs. */
export async function withFiles<T>(
  files: { gt: Record<string, unknown>; pred: Record<string, unknown> },
  use: (folders: { groundTruth: string; prediction: string; folder: string }) => Promise<T>,
): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), "posetrack-"));
  try {
    for (const side of ["gt", "pred"] as const) {
      await mkdir(join(folder, side));
      for (const [name, document] of Object.entries(files[side])) {
        const text = typeof document === "string" ? document : JSON.stringify(document);
        await writeFile(join(folder, side, `${name}.json`), text);
      }
    }
    return await use({ groundTruth: join(folder, "gt"), prediction: join(folder, "pred"), folder });
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** Asserts that values are equal to `bound`, null only to null; joints and mean, and the groups derived by hand. */
export function assertJointValues(
  actual: JointValues,
  expected: GoldenValues,
  options: { bound: number; label: string },
): void {
  const { bound, label } = options;
  const at = (joint: string) => expected[evaluatedJoints.indexOf(joint)];
  const wanted: Record<string, number | null> = { mean: expected[15] };
  evaluatedJoints.forEach((joint, index) => wanted[joint] = expected[index]);
  const groups = { head: ["head_top", "neck", "nose"] } as Record<string, string[]>;
  for (const part of ["shoulder", "elbow", "wrist", "hip", "knee", "ankle"]) {
    groups[part] = [`right_${part}`, `left_${part}`];
  }
  for (const [group, joints] of Object.entries(groups)) {
    const values = joints.map(at);
    wanted[group] = values.some((value) => value === null)
      ? null
      : values.reduce((sum: number, value) => sum + (value as number), 0) / values.length;
  }
  assert.deepEqual(Object.keys(actual).sort(), Object.keys(wanted).sort(), label);
  for (const [key, value] of Object.entries(wanted)) {
    const found = actual[key];
    const close = value === null ? found === null : found !== null && Math.abs(found - value) <= bound;
    assert.ok(close, `${label}: ${key} is ${found}, expected ${value}`);
  }
}
