/**
 * Everything that must hold before a change goes in: format, lint, types, documentation, package, tests. Each of the first five counts as
 * one; the last line is the sum, `N passed, N failed` or `N passed, N failed, N skipped`.
 *
 * `deno run -A tests/run.ts` runs all of it, `deno run -A tests/run.ts tests/text …` only the tests of these files or folders.
 */

/** Sums that stand in the last line. */
export interface Counts {
  /** What held. */
  passed: number;
  /** What did not. */
  failed: number;
  /** Tests that say by name what they lack here. */
  skipped: number;
}

/** A command of Deno that succeeds or fails as a whole. */
interface Gate {
  name: string;
  command: string[];
}

const GATES: readonly Gate[] = [
  { name: "format", command: ["fmt", "--check"] },
  { name: "lint", command: ["lint"] },
  { name: "types", command: ["check"] },
  { name: "documentation", command: ["doc", "--lint", "mod.ts"] },
  { name: "package", command: ["publish", "--dry-run", "--allow-dirty"] },
];

/** What is tested when no file is named: the examples of the public API, then every test file. */
const ALL_TESTS: readonly string[] = ["--doc", "mod.ts", "tests/"];

/**
 * Reads the counts from what `deno test` wrote. A run that ended badly without naming a failure (a crash, a file that does not compile)
 * counts as one failure, and so does a run of no test at all.
 *
 * @param output Standard output of `deno test`.
 * @param succeeded Whether its exit status was 0.
 * @returns Tests passed, failed and skipped.
 */
export function countTests(output: string, succeeded: boolean): Counts {
  const steps = "(?: \\(\\d+ steps?\\))?";
  const summary = new RegExp(
    `^(?:ok|FAILED) \\| (\\d+) passed${steps} \\| (\\d+) failed${steps}(?: \\| (\\d+) ignored${steps})?`,
    "gm",
  );
  // deno-lint-ignore no-control-regex -- colours are control characters
  const plain = output.replaceAll(/\x1b\[[\d;]*m/g, "");
  // A test may print such a line itself; Deno's own is the last.
  const last = [...plain.matchAll(summary)].at(-1);
  const counts = {
    passed: Number(last?.[1] ?? 0),
    failed: Number(last?.[2] ?? 0),
    skipped: Number(last?.[3] ?? 0),
  };
  if (counts.failed === 0 && (!succeeded || counts.passed === 0)) counts.failed = 1;
  return counts;
}

/**
 * Writes the last line.
 *
 * @param counts Sums of everything that ran.
 * @returns `N passed, N failed`, with `, N skipped` where something was skipped.
 */
export function closingLine({ passed, failed, skipped }: Counts): string {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`;
}

async function passes({ name, command }: Gate): Promise<boolean> {
  const start = performance.now();
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), { args: command }).output();
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  console.log(`${name} (deno ${command.join(" ")}) ... ${success ? "ok" : "FAILED"} (${seconds} s)`);
  if (!success) {
    await Deno.stdout.write(stdout);
    await Deno.stdout.write(stderr);
  }
  return success;
}

async function runTests(targets: readonly string[]): Promise<Counts> {
  const args = ["test", "-A", ...targets];
  const process = new Deno.Command(Deno.execPath(), { args, stdout: "piped" }).spawn();
  const decoder = new TextDecoder();
  let output = "";
  for await (const chunk of process.stdout) {
    await Deno.stdout.write(chunk);
    output += decoder.decode(chunk, { stream: true });
  }
  const { success } = await process.status;
  return countTests(output, success);
}

if (import.meta.main) {
  Deno.chdir(new URL("..", import.meta.url));
  const counts: Counts = { passed: 0, failed: 0, skipped: 0 };
  if (Deno.args.length === 0) {
    for (const gate of GATES) counts[await passes(gate) ? "passed" : "failed"]++;
  }
  const tests = await runTests(Deno.args.length === 0 ? ALL_TESTS : Deno.args);
  counts.passed += tests.passed;
  counts.failed += tests.failed;
  counts.skipped += tests.skipped;
  console.log(closingLine(counts));
  Deno.exit(counts.failed === 0 ? 0 : 1);
}
