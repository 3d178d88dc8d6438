/** Runs the real command line as a process of its own, in a folder with small weights and a small clip. */
import { fileURLToPath } from "node:url";
import { encodeImage } from "../../people/overlay.ts";
import { blockFrame, writeSmallWeights } from "../estimation/small_weights.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));

/** Size of the clip's frames in pixels. */
export const frameSize = { width: 96, height: 80 };

/** What a run of the command line gave. */
export interface Outcome {
  /** Exit status. */
  status: number;
  /** Everything on standard output. */
  stdout: string;
  /** Everything on standard error. */
  stderr: string;
}

/** How the command line is run. */
export interface RunOptions {
  /** Working folder. */
  cwd: string;
  /** Environment variables on top of this process's own. */
  env?: Record<string, string>;
  /** Options for Deno in front of the script, all permissions if absent. */
  deno?: readonly string[];
}

/**
 * What Deno is called with.
 *
 * @param args Arguments of the command line.
 * @param deno Options for Deno in front of the script.
 * @returns Arguments of Deno.
 */
export function cliArguments(args: readonly string[], deno: readonly string[] = ["-A"]): string[] {
  return ["run", "--no-prompt", ...deno, "--config", `${root}deno.json`, `${root}cli.ts`, ...args];
}

/**
 * The environment of a run: this process's own and what a test adds.
 *
 * @param cwd Working folder.
 * @param env What a test adds.
 * @returns Variables on top of this process's own.
 */
export function cliEnvironment(cwd: string, env: Record<string, string> = {}): Record<string, string> {
  // graphics drivers complain on every start where there is no runtime folder
  return { NO_COLOR: "1", XDG_RUNTIME_DIR: Deno.env.get("XDG_RUNTIME_DIR") ?? cwd, ...env };
}

/**
 * The command of a run.
 *
 * @param args Arguments of the command line.
 * @param options Folder, environment and permissions.
 * @returns The command, not started.
 */
export function cliCommand(args: readonly string[], { cwd, env, deno }: RunOptions): Deno.Command {
  return new Deno.Command(Deno.execPath(), {
    args: cliArguments(args, deno),
    cwd,
    env: cliEnvironment(cwd, env),
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  });
}

/**
 * Runs the command line to its end.
 *
 * @param args Arguments of the command line.
 * @param options Folder, environment and permissions.
 * @returns Exit status and output.
 */
export async function runCli(args: readonly string[], options: RunOptions): Promise<Outcome> {
  const { code, stdout, stderr } = await cliCommand(args, options).output();
  const decoder = new TextDecoder();
  return { status: code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}

/** A folder for one test; gone when its `await using` scope is left. */
export interface Workplace extends AsyncDisposable {
  /** Its path. */
  readonly path: string;
  /** Runs the command line in it, with all permissions. */
  run(...args: string[]): Promise<Outcome>;
}

/** A workplace with `small.onnx` and, where frames are wanted, `clip/0.png`, `clip/1.png`, …. */
export async function workplace({ frames = 0 }: { frames?: number } = {}): Promise<Workplace> {
  const path = await Deno.realPath(await Deno.makeTempDir({ prefix: "lapose-test-" }));
  await writeSmallWeights(`${path}/small.onnx`);
  if (frames > 0) await Deno.mkdir(`${path}/clip`);
  for (let i = 0; i < frames; i++) {
    const { width, height } = frameSize;
    await Deno.writeFile(`${path}/clip/${i}.png`, await encodeImage(blockFrame(width, height, i + 1)));
  }
  return {
    path,
    run: (...args) => runCli(args, { cwd: path }),
    [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }),
  };
}

/** Everything in a folder, hidden entries and sub-folders included, by path, sorted. */
export async function entriesOf(folder: string, prefix = ""): Promise<string[]> {
  const names: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    names.push(`${prefix}${name}`);
    if (isDirectory) names.push(...await entriesOf(`${folder}/${name}`, `${prefix}${name}/`));
  }
  return names.sort();
}

/** Whether a program is on the PATH. */
export async function hasProgram(name: string, ...args: string[]): Promise<boolean> {
  try {
    return (await new Deno.Command(name, { args, stdout: "null", stderr: "null" }).output()).success;
  } catch {
    return false;
  }
}
