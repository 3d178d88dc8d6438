import assert from "node:assert/strict";
import { join } from "node:path";
import { measure } from "../../bench/measure.ts";
import type { BenchReport } from "../../bench/report.ts";
import { benchCommand, type BenchOptions, publishReport } from "../../cli/bench.ts";
import { parseXml } from "../bench/parse_xml.ts";
import { temporaryFolder } from "../estimation/small_weights.ts";
import { runCli } from "./run_cli.ts";

const present = await navigator.gpu?.requestAdapter() != null;

/** Ratios that need no other library. */
const ownRatios = [
  "matmul_share_of_fma_ceiling",
  "forward_host_share",
  "arena_vs_live",
  "allocations_per_run",
  "copy_bandwidth_share",
  "cold_start_vs_copy",
  "training_backward_vs_forward",
  "training_objects_per_step",
];
const peerRatios = [
  "matmul_vs_best_peer",
  "attention_vs_best_peer",
  "forward_vs_onnxruntime_web",
  "forward_vs_onnxruntime_cpu",
  "training_vs_best_peer",
];

/** What is printed while `work` runs. */
async function printed(work: () => Promise<void>): Promise<string> {
  const log = console.log;
  let text = "";
  console.log = (line) => void (text += `${line}\n`);
  try {
    await work();
  } finally {
    console.log = log;
  }
  return text;
}

Deno.test({
  name: "bench --json prints one object with adapter, results and finite ratios, and leaves nothing behind",
  ignore: !present,
  async fn() {
    await using folder = await temporaryFolder();
    const { status, stdout, stderr } = await runCli(
      ["bench", "--json", "--no-peers", "--training", "--rounds", "1", "--config", "tiny"],
      { cwd: folder.path, env: { TMPDIR: folder.path } },
    );
    assert.equal(status, 0, stderr);
    assert.equal(stdout.trim().split("\n").length, 1);
    const report: BenchReport = JSON.parse(stdout);
    assert.ok(report.adapter.length > 0);
    // Each kernel in every variant that this adapter might prefer.
    assert.deepEqual([...new Set(report.results.map(({ name }) => name))], [
      "matmul lapose",
      "matmul multiply-add ceiling",
      "attention lapose",
      "forward tiny lapose",
      "training tiny lapose",
    ]);
    for (const { name, milliseconds, gflops } of report.results) {
      assert.ok(milliseconds > 0, name);
      if (/^(forward|training)/.test(name)) assert.equal(gflops, null);
      else assert.ok(gflops! > 0, name);
    }
    for (const name of ownRatios) assert.ok(Number.isFinite(report.ratios[name]), name);
    for (const name of peerRatios) assert.equal(report.ratios[name], null, name);
    assert.equal(report.ratios.allocations_per_run, 0);
    assert.equal(report.ratios.training_objects_per_step, 0);
    assert.ok(report.ratios.arena_vs_live! >= 1);
    assert.ok(report.ratios.forward_host_share! > 0 && report.ratios.forward_host_share! < 1);
    const left = [...Deno.readDirSync(folder.path)].map(({ name }) => name);
    assert.deepEqual(left.filter((name) => name.startsWith("lapose-")), []);
  },
});

Deno.test({
  name: "publishReport() prints tables, and writes the same object and a well-formed chart",
  ignore: !present,
  sanitizeResources: false,
  async fn() {
    await using folder = await temporaryFolder();
    const stages: string[] = [];
    const report = await measure({
      rounds: 1,
      config: "tiny",
      peers: [],
      people: false,
      training: false,
      folder: folder.path,
      onStage: (stage) => void stages.push(stage),
    });
    assert.ok(stages.includes("cold start"));
    report.people = {
      figures: [{ people: 1, wallMilliseconds: 8, millisecondsPerPerson: 8, activationBytes: 2e6 }],
      refused: [{ people: 16, reason: "too large" }],
    };
    assert.equal(report.training, null);
    report.results.push({ name: "training tiny other", variant: "16 images", milliseconds: 9, gflops: null });
    report.training = {
      batch: 16,
      wallMilliseconds: 3,
      forwardMilliseconds: 1,
      backwardMilliseconds: 2,
      operators: [{ name: "linear", way: "forward", milliseconds: 1, dispatches: 4 }],
      allocations: { calls: {}, objects: 0, bytes: 0 },
      memory: { arena: 3e6, textures: 2e6, state: 1e6 },
      steps: [{ loss: 1, norm: 2 }],
      rivals: [{ name: "other", version: "0", processor: false, milliseconds: 9 }],
      refused: [],
    };
    const [out, svg] = [join(folder.path, "deep", "bench.json"), join(folder.path, "bench.svg")];
    const text = await printed(() => publishReport(report, { out, svg, quiet: true }));
    assert.deepEqual(JSON.parse(await Deno.readTextFile(out)), JSON.parse(JSON.stringify(report)));
    const chart = parseXml(await Deno.readTextFile(svg));
    for (const words of ["Matrix product", "Attention", "Forward pass", "1 person", "Training step"]) {
      assert.ok(chart.text.includes(words), words);
    }
    assert.match(text, /^matrix product 576 × 3072 × 768$/m);
    assert.match(text, /^ {2}lapose, 1 person, 3 frames, 40 tokens +\d+\.\d\d ms$/m);
    assert.match(text, /^ {2}16: too large$/m);
    assert.match(text, /^ {2}other, 16 images +9\.00 ms$/m);
    assert.match(text, /^ {2}GPU forward 1\.0 ms, backward 2\.0 ms; objects made per step: 0 /m);
    assert.match(text, /^ {4}forward: linear, 4 dispatches +1\.00 ms$/m);
    for (const [name, value] of Object.entries(report.ratios)) {
      const line = text.split("\n").find((line) => line.startsWith(`${name} `));
      assert.equal(line?.slice(name.length).trim(), value === null ? "–" : value.toFixed(3), name);
    }
    assert.equal(await printed(() => publishReport(report, { json: true })), `${JSON.stringify(report)}\n`);
  },
});

Deno.test("bench refuses what is wrong before it measures anything", async () => {
  await using folder = await temporaryFolder();
  const usual: BenchOptions = { rounds: 1, config: "tiny", peers: false, quiet: true };
  const wrong: [Partial<BenchOptions>, RegExp][] = [
    [{ rounds: 0 }, /^Cannot measure: 0 rounds, expected at least 1$/],
    [{ config: "huge" }, /^Cannot find a configuration named "huge"/],
    [{ out: folder.path }, /it is a folder, expected a file$/],
    [{ svg: folder.path }, /it is a folder, expected a file$/],
  ];
  for (const [options, message] of wrong) {
    await assert.rejects(benchCommand({ ...usual, ...options }), { name: "UsageError", message });
  }
});
