/** A run that fails or is interrupted in the middle leaves nothing half written. */
import assert from "node:assert/strict";
import type { Frame } from "@lapose/lapose";
import { blockFrame } from "../estimation/small_weights.ts";
import { cliCommand, entriesOf, frameSize, runCli, type Workplace, workplace } from "./run_cli.ts";

Deno.test("pose that meets a truncated image in the middle leaves nothing, and an earlier result as it was", async () => {
  await using place = await workplace({ frames: 8 });
  const args = ["pose", "clip", "--weights", "small.onnx", "--out", "out", "--device", "webgpu", "--quiet"];
  const sixth = `${place.path}/clip/6.png`;
  const whole = await Deno.readFile(sixth);
  await Deno.writeFile(sixth, whole.subarray(0, whole.length / 2));
  const before = await entriesOf(place.path);
  const failed = await place.run(...args);
  assert.equal(failed.status, 1);
  assert.equal(failed.stdout, "");
  assert.match(failed.stderr, /^error: Cannot decode image clip\/6\.png: .+ \(truncated\)\n$/);
  assert.deepEqual(await entriesOf(place.path), before);
  await Deno.writeFile(sixth, whole);
  assert.equal((await place.run(...args)).status, 0);
  const poses = await Deno.readFile(`${place.path}/out/poses.json`);
  await Deno.writeFile(sixth, whole.subarray(0, whole.length / 2));
  const complete = await entriesOf(place.path);
  assert.equal((await place.run(...args)).status, 1);
  assert.deepEqual(await entriesOf(place.path), complete);
  assert.deepEqual(await Deno.readFile(`${place.path}/out/poses.json`), poses);
});

Deno.test("pose into a place that is taken by a file says so before any work", async () => {
  await using place = await workplace({ frames: 1 });
  await Deno.writeTextFile(`${place.path}/taken`, "mine");
  for (const out of ["taken", "taken/deeper"]) {
    const { status, stderr } = await place.run(
      "pose",
      "clip",
      "--weights",
      "small.onnx",
      "--out",
      out,
      "--quiet",
    );
    assert.equal(status, 1);
    assert.match(
      stderr,
      /^error: Cannot write results to .*taken.*: .*taken is a file, expected a folder\n$/,
    );
  }
  assert.equal(await Deno.readTextFile(`${place.path}/taken`), "mine");
});

Deno.test("an error shows where it came from with --verbose alone", async () => {
  await using place = await workplace();
  const args = ["pose", "nowhere", "--weights", "small.onnx"];
  const short = await place.run(...args);
  assert.match(short.stderr, /^error: Cannot read nowhere: it does not exist, expected .+\n$/);
  const long = await place.run(...args, "--verbose");
  assert.equal(long.status, 1);
  assert.match(long.stderr, /^error: Error: Cannot read nowhere.*\n {4}at .+frames\.ts:\d+/);
});

const isUnix = Deno.build.os !== "windows";

/** Frames one after another as ffmpeg writes them (PAM). */
function pamOf(frames: readonly Frame[]): Uint8Array<ArrayBuffer> {
  const parts = frames.flatMap(({ width, height, data }) => [
    new TextEncoder().encode(
      `P7\nWIDTH ${width}\nHEIGHT ${height}\nDEPTH 4\nMAXVAL 255\nTUPLTYPE RGB_ALPHA\nENDHDR\n`,
    ),
    Uint8Array.from(data),
  ]);
  const bytes = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  parts.reduce((at, part) => (bytes.set(part, at), at + part.length), 0);
  return bytes;
}

/** Puts an ffmpeg on a PATH of its own that gives 12 frames and then waits: a run that is in its middle. */
async function endlessVideo(place: Workplace): Promise<string> {
  const bin = `${place.path}/bin`;
  await Deno.mkdir(bin);
  const { width, height } = frameSize;
  const frames = Array.from({ length: 12 }, (_, i) => blockFrame(width, height, i + 1));
  await Deno.writeFile(`${bin}/frames.pam`, pamOf(frames));
  const streams = JSON.stringify({ streams: [{ nb_frames: "1000", avg_frame_rate: "25/1" }] });
  await Deno.writeTextFile(`${bin}/ffprobe`, `#!/bin/sh\necho '${streams}'\n`, { mode: 0o755 });
  const ffmpeg = `#!/bin/sh
if [ "$1" = -version ]; then echo 'ffmpeg version 6.0'; exit; fi
cat '${bin}/frames.pam'
exec sleep 20
`;
  await Deno.writeTextFile(`${bin}/ffmpeg`, ffmpeg, { mode: 0o755 });
  await Deno.writeTextFile(`${place.path}/clip.mp4`, "never read");
  return `${bin}:${Deno.env.get("PATH")}`;
}

/** Waits until the run has written pictures into its hidden folder. */
async function pictureWritten(folder: string): Promise<void> {
  for (let i = 0; i < 600; i++) {
    if ((await entriesOf(folder)).some((entry) => /^\..+\.partial.+\.png$/.test(entry))) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  assert.fail("no picture within thirty seconds");
}

for (const [signal, status] of [["SIGTERM", 143], ["SIGINT", 130]] as const) {
  Deno.test({
    name: `pose that ${signal} ends in the middle leaves nothing`,
    ignore: !isUnix,
    async fn() {
      await using place = await workplace();
      const PATH = await endlessVideo(place);
      const before = await entriesOf(place.path);
      const args = ["pose", "clip.mp4", "--weights", "small.onnx", "--out", "out", "--device", "webgpu"];
      const child = cliCommand(args, { cwd: place.path, env: { PATH } }).spawn();
      const output = child.output();
      await pictureWritten(place.path);
      child.kill(signal);
      assert.equal((await output).code, status);
      assert.deepEqual(await entriesOf(place.path), before);
    },
  });
}

Deno.test({
  name: "pose --json that is interrupted leaves nothing in the temporary folder",
  ignore: !isUnix,
  async fn() {
    await using place = await workplace();
    const PATH = await endlessVideo(place);
    const temporary = `${place.path}/temporary`;
    await Deno.mkdir(temporary);
    const args = ["pose", "clip.mp4", "--weights", "small.onnx", "--json", "--device", "webgpu"];
    const child = cliCommand(args, { cwd: place.path, env: { PATH, TMPDIR: temporary } }).spawn();
    const output = child.output();
    for (let i = 0; (await entriesOf(temporary)).length < 3; i++) {
      assert.ok(i < 600, "no poses file within thirty seconds");
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    child.kill("SIGTERM");
    assert.equal((await output).code, 143);
    assert.deepEqual(await entriesOf(temporary), []);
  },
});

Deno.test({
  name: "init that is interrupted leaves no file",
  ignore: !isUnix,
  async fn() {
    await using place = await workplace();
    const child = cliCommand(["init", "--config", "small", "--to", "big.onnx"], { cwd: place.path }).spawn();
    const output = child.output();
    for (let i = 0; !(await entriesOf(place.path)).some((entry) => entry.includes(".partial")); i++) {
      assert.ok(i < 3000, "no file is begun within thirty seconds");
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    child.kill("SIGINT");
    assert.equal((await output).code, 130);
    assert.deepEqual(await entriesOf(place.path), ["small.onnx"]);
  },
});

Deno.test("pose reads an interrupted neighbour's leftovers as nothing", async () => {
  await using place = await workplace({ frames: 1 });
  await Deno.mkdir(`${place.path}/.out.partial-1`);
  await Deno.writeTextFile(`${place.path}/clip/.0.png.partial-1`, "half");
  const args = ["pose", "clip", "--weights", "small.onnx", "--out", "out", "--device", "webgpu", "--quiet"];
  const { status, stderr } = await runCli(args, { cwd: place.path });
  assert.equal(status, 0, stderr);
});
