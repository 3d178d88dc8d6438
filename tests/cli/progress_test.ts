/** The progress line: its words, and that it shows on a terminal alone. */
import assert from "node:assert/strict";
import { formatDuration, formatProgress } from "../../cli/progress.ts";
import { cliArguments, cliEnvironment, hasProgram, workplace } from "./run_cli.ts";

Deno.test("formatDuration() counts minutes and hours", () => {
  assert.equal(formatDuration(0), "0:00");
  assert.equal(formatDuration(59.4), "0:59");
  assert.equal(formatDuration(59.6), "1:00");
  assert.equal(formatDuration(65), "1:05");
  assert.equal(formatDuration(7265), "2:01:05");
  assert.equal(formatDuration(-3), "0:00");
});

Deno.test("formatProgress() tells count, rate and time left, as far as they are known", () => {
  const state = { unit: "frames", total: 14, done: 4, rate: 2 };
  assert.equal(formatProgress("Posing", state), "Posing: 4 of 14 frames, 2.00 frames/s, 0:05 left");
  assert.equal(
    formatProgress("Posing", { ...state, rate: 12.34 }),
    "Posing: 4 of 14 frames, 12.3 frames/s, 0:01 left",
  );
  assert.equal(formatProgress("Posing", { ...state, rate: 234.5, note: "ok" }).split(", ").at(-1), "ok");
  assert.equal(formatProgress("Posing", { ...state, total: undefined }), "Posing: 4 frames, 2.00 frames/s");
  assert.equal(formatProgress("Posing", { ...state, rate: NaN }), "Posing: 4 of 14 frames");
  assert.equal(formatProgress("Posing", { ...state, rate: Infinity }), "Posing: 4 of 14 frames");
  assert.equal(formatProgress("Posing", { ...state, done: 15 }), "Posing: 15 of 14 frames, 2.00 frames/s");
});

const script = Deno.build.os === "linux" && await hasProgram("script", "--version");

/** Runs the command line on a terminal of its own; everything it prints comes back. */
async function onTerminal(cwd: string, args: readonly string[]): Promise<string> {
  const words = [Deno.execPath(), ...cliArguments(args)].map((word) => `'${word}'`);
  const { stdout } = await new Deno.Command("script", {
    args: ["-qec", words.join(" "), "/dev/null"],
    cwd,
    env: cliEnvironment(cwd),
    stdin: "null",
  }).output();
  return new TextDecoder().decode(stdout);
}

Deno.test({
  name: "pose on a terminal shows frames, rate and time left, and --quiet shows nothing",
  ignore: !script,
  async fn() {
    await using place = await workplace({ frames: 9 });
    const args = ["pose", "clip", "--weights", "small.onnx", "--out", "out", "--device", "webgpu"];
    const printed = await onTerminal(place.path, args);
    assert.match(printed, /\rLoading weights: \d+ of \d+ tensors|\r.*Loading weights: \d+ of \d+ tensors/);
    assert.match(printed, /Posing: 9 of 9 frames, [\d.]+ frames\/s, 0:00 left\r?\n9 poses in 9 frames/);
    assert.doesNotMatch(await onTerminal(place.path, [...args, "--quiet"]), /Posing|Loading|note:/);
  },
});
