/** How the command line answers to being used rightly and wrongly: exit status 0, 1, 2 and where the words go. */
import assert from "node:assert/strict";
import packageManifest from "../../deno.json" with { type: "json" };
import { entriesOf, runCli, workplace } from "./run_cli.ts";

const hint = "(run with --help for the options)";

const wrongUses: readonly (readonly [string, readonly string[], RegExp])[] = [
  ["an unknown command", ["juggle"], /^error: unknown command 'juggle'$/m],
  ["an unknown option", ["pose", "clip", "--weights", "w", "--wat"], /^error: unknown option '--wat'$/m],
  [
    "another device",
    ["pose", "clip", "--weights", "w", "--device", "nonsense"],
    /Allowed choices are auto, webgpu, cpu/,
  ],
  ["missing --weights", ["pose", "clip"], /^error: required option '--weights <file>' not specified$/m],
  ["missing input", ["pose", "--weights", "w"], /^error: missing required argument 'input'$/m],
  [
    "an option without its value",
    ["pose", "clip", "--weights"],
    /^error: option '--weights <file>' argument missing$/m,
  ],
  [
    "a score that is no number",
    ["pose", "clip", "--weights", "w", "--box-score", "high"],
    /'high' is invalid.*number/,
  ],
  [
    "another way of decoding",
    ["pose", "clip", "--weights", "w", "--decode", "guess"],
    /dark, quarter, argmax/,
  ],
  [
    "a negative seed",
    ["init", "--to", "w.onnx", "--seed", "-1"],
    /'-1' is invalid\. expected a whole number/,
  ],
  [
    "a seed of half",
    ["init", "--to", "w.onnx", "--seed", "0.5"],
    /'0\.5' is invalid\. expected a whole number/,
  ],
  [
    "seeds that are no numbers",
    ["ablate", "a.json", "--seeds", "1,b"],
    /'1,b' is invalid\. expected a whole number/,
  ],
  ["a seed twice", ["ablate", "a.json", "--seeds", "1,1"], /'1,1' is invalid\. expected each number once/],
  ["another element type", ["init", "--to", "w.onnx", "--dtype", "i8"], /Allowed choices are f32, f16/],
  ["missing --to", ["init"], /^error: required option '--to <file>' not specified$/m],
  ["surplus arguments", ["demo", "clip.mp4"], /^error: too many arguments for 'demo'/m],
];

for (const [what, args, message] of wrongUses) {
  Deno.test(`main() exits with 2 on ${what}`, async () => {
    const { status, stdout, stderr } = await runCli(args, { cwd: "/" });
    assert.equal(status, 2, stderr);
    assert.equal(stdout, "");
    assert.match(stderr, message);
    assert.ok(stderr.trimEnd().endsWith(hint), stderr);
    assert.doesNotMatch(stderr, /^ {4}at /m, "no stack trace");
  });
}

Deno.test("main() without a command prints the commands on standard error and exits with 2", async () => {
  const { status, stdout, stderr } = await runCli([], { cwd: "/" });
  assert.equal(status, 2);
  assert.equal(stdout, "");
  assert.match(stderr, /^Usage: lapose \[options\] \[command\]$/m);
});

Deno.test("main() --help prints every command on standard output and exits with 0", async () => {
  const { status, stdout, stderr } = await runCli(["--help"], { cwd: "/" });
  assert.equal(status, 0);
  assert.equal(stderr, "");
  const commands = "pose demo init info verify bench eval convert describe train ablate synthesize".split(
    " ",
  );
  for (const command of commands) {
    assert.match(stdout, new RegExp(`^ {2}${command} `, "m"));
    const help = await runCli([command, "--help"], { cwd: "/" });
    assert.equal(help.status, 0);
    assert.equal(help.stderr, "");
    assert.match(help.stdout, new RegExp(`^Usage: lapose ${command} `));
  }
});

Deno.test("main() --version prints the package's version", async () => {
  const { status, stdout } = await runCli(["--version"], { cwd: "/" });
  assert.equal(status, 0);
  assert.equal(stdout, `${packageManifest.version}\n`);
});

Deno.test("main() exits with 1 where a command fails, with one line on standard error", async () => {
  await using place = await workplace();
  for (const args of [["pose", "nowhere", "--weights", "small.onnx"], ["info", "none.onnx"]]) {
    const { status, stdout, stderr } = await place.run(...args);
    assert.equal(status, 1);
    assert.equal(stdout, "");
    assert.match(stderr, /^error: Cannot .+\n$/);
  }
  assert.deepEqual(await entriesOf(place.path), ["small.onnx"]);
});
