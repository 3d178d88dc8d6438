/** `ablate` from the command line: trains and evaluates really, prints a table, and does nothing twice. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { openWeights } from "../../estimation/weights_file.ts";
import { writeDataset } from "../../training/synthetic/write_dataset.ts";
import { smallConfig, temporaryFolder } from "../estimation/small_weights.ts";
import { runCli } from "./run_cli.ts";

const training = {
  model: "model.json",
  train: "data/dataset.json",
  evaluate: { clean: "data/dataset_clean.json", degraded: "data/dataset_degraded.json" },
  output: "out",
  epochs: 1,
  batch: 3,
  rate: 1e-3,
};

/** A folder with drawn clips and the files of a model and a training. */
async function workplace(changes: Record<string, unknown> = {}) {
  const folder = await temporaryFolder();
  const clips = { clips: 2, seed: 1, degraded: 1, frames: 2, size: { width: 96, height: 96 } };
  await writeDataset(join(folder.path, "data"), clips);
  await Deno.writeTextFile(join(folder.path, "model.json"), JSON.stringify(smallConfig()));
  await Deno.writeTextFile(join(folder.path, "train.json"), JSON.stringify({ ...training, ...changes }));
  return folder;
}

Deno.test("ablate trains and evaluates every row, prints the table, and does nothing twice", async () => {
  await using folder = await workplace();
  const ablate = (...args: string[]) => runCli(["ablate", "train.json", ...args], { cwd: folder.path });
  const first = await ablate("--seeds", "5", "--json");
  assert.equal(first.status, 0, first.stderr);
  const { rows, ...rest } = JSON.parse(first.stdout);
  assert.deepEqual(rest, { finished: true, weights: "last", seeds: [5] });
  const names = ["whole", "without-csi", "without-otfm", "without-contrastive", "vision-only"];
  assert.deepEqual(rows.map(({ row }: { row: string }) => row), names);
  for (const { datasets } of rows) {
    assert.deepEqual(Object.keys(datasets), ["clean", "degraded"]);
    for (const { values, mean, deviation } of Object.values<Record<string, unknown>>(datasets)) {
      assert.ok(typeof mean === "number" && mean >= 0 && mean <= 100);
      assert.deepEqual([values, deviation], [{ 5: mean }, null]);
    }
  }
  assert.match(first.stderr, /^note: run 1 of 5: LAPose, seed 5$/m);
  assert.match(first.stderr, /^note: vision only, seed 5, degraded: \d+\.\d mAP$/m);
  const place = (name: string) => join(folder.path, "out", name, "5");
  for (const name of names) {
    for (const dataset of ["clean", "degraded"]) {
      const results = await Array.fromAsync(Deno.readDir(join(place(name), "results", dataset)));
      assert.equal(results.filter((file) => !file.name.startsWith(".")).length, 1);
    }
    await using start = await openWeights(join(place(name), "start.onnx"));
    assert.match(start.provenance, /^untrained: random weights, seed 5; ablation: /);
  }
  const trained = (await Deno.stat(join(place("whole"), "last.onnx"))).mtime;

  const second = await ablate("--seeds", "5");
  assert.equal(second.status, 0, second.stderr);
  assert.equal(second.stderr, "", "nothing was to be done");
  assert.match(
    second.stdout,
    /^mAP +clean +degraded\nLAPose +\d+\.\d +\d+\.\d\nwithout CSI +\d+\.\d \([+−\d]/,
  );
  assert.match(second.stdout, /\n\nSeed 5; weights after the last step; /);
  assert.deepEqual((await Deno.stat(join(place("whole"), "last.onnx"))).mtime, trained);
});

Deno.test("ablate says what is wrong with its file, and with data sets before anything is trained", async () => {
  await using folder = await workplace({ evaluate: { clean: "nowhere.json" } });
  const missing = await runCli(["ablate", "train.json", "--quiet"], { cwd: folder.path });
  assert.deepEqual([missing.status, missing.stdout], [1, ""]);
  assert.match(missing.stderr, /^error: Cannot read .*nowhere\.json/);
  await Deno.writeTextFile(join(folder.path, "train.json"), JSON.stringify({ ...training, seeds: [1, 2] }));
  const unknown = await runCli(["ablate", "train.json"], { cwd: folder.path });
  assert.deepEqual([unknown.status, unknown.stdout], [1, ""]);
  assert.match(unknown.stderr, /^error: Cannot read the training train\.json: seeds is unknown, expected /);
});
