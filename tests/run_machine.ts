/** A made-up machine for tests of `run`: a PATH of its own, programs that note their calls, folders with spaces. */

import { join } from "node:path";
import { fileURLToPath } from "node:url";

const project = fileURLToPath(new URL("..", import.meta.url));

/** Where a program is, or null. */
export function locate(program: string): string | null {
  for (const folder of (Deno.env.get("PATH") ?? "").split(":")) {
    try {
      if (Deno.statSync(join(folder, program)).isFile) return join(folder, program);
    } catch {
      // Not in this folder.
    }
  }
  return null;
}

/** The programs that `run` may take for granted on any POSIX system. */
const UTILITIES = "basename cat chmod cp dirname env mkdir mv readlink rm sed tail touch true".split(" ");

const FAKE_DENO = (version: string) => `
case $1 in
  --version) echo "deno ${version} (stable, release)" ;;
  eval) [ -e "$STATE/adapter" ] || exit 3 ;;
  task) [ $# -gt 3 ] || printf 'Available tasks:\\n- check\\n    deno fmt\\n- test\\n    deno test\\n' >&2 ;;
esac
{ pwd; echo "XDG_RUNTIME_DIR=\${XDG_RUNTIME_DIR:-}"; echo "DENO_WEBGPU_BACKEND=\${DENO_WEBGPU_BACKEND:-}"; } > "$STATE/environment"
`;

/** Bodies of made-up programs; each also notes its arguments. */
const FAKES = {
  deno: FAKE_DENO("2.9.6"),
  oldDeno: FAKE_DENO("2.1.4"),
  npm: `folder=$3/node_modules/@deno/linux-x64-glibc; mkdir -p "$folder" && cp "$STATE/deno" "$folder/deno"`,
  brokenNpm: `echo "registry not reached"; exit 1`,
  python3: `
case $* in
  *--version*) ;;
  *) mkdir -p "$5/bin" && cp "$STATE/deno" "$5/bin/deno" ;;
esac`,
  pip3: `mkdir -p "$3/bin" && cp "$STATE/deno" "$3/bin/deno"`,
  installer: `
case $* in
  *vulkan*) touch "$STATE/adapter" ;;
  *ffmpeg*) cp "$STATE/deno" "$STATE/../bin/ffmpeg" ;;
esac`,
  idleInstaller: "exit 100",
  root: `case $1 in -un) echo root ;; *) echo 0 ;; esac`,
  user: `case $1 in -un) echo someone ;; *) echo 1000 ;; esac`,
  sudo: `shift; exec "$@"`,
  sudoWithPassword: "exit 1",
  linux: "echo Linux",
  mac: "echo Darwin",
  ffmpeg: "",
};

/** What a machine has. */
export interface Machine {
  /** Programs on the PATH, by name. */
  programs: Partial<Record<string, keyof typeof FAKES>>;
  /** Whether an adapter is there from the start. */
  adapter?: boolean;
  /** Further environment variables. */
  environment?: Record<string, string>;
  /** Shell that runs the script. */
  shell?: string[];
}

/** What a start of `run` did. */
export interface Outcome {
  /** Exit status. */
  code: number;
  /** Standard output. */
  stdout: string;
  /** Standard error. */
  stderr: string;
  /** Calls of made-up programs: name and arguments, joined by "|". */
  calls: string[];
  /** What the last call of Deno saw. */
  environment: string[];
}

/**
 * Makes a machine, hands it to `body`, and removes it.
 *
 * @param machine What it has.
 * @param body Starts `run` with arguments, any number of times; `folder` holds "the project", "home", "bin" and "state".
 */
export async function onMachine(
  machine: Machine,
  body: (start: (...args: string[]) => Promise<Outcome>, folder: string) => Promise<void>,
): Promise<void> {
  const folder = await Deno.realPath(await Deno.makeTempDir({ prefix: "a machine " }));
  const state = join(folder, "state"), bin = join(folder, "bin"), here = join(folder, "some where");
  const fake = async (path: string, name: string, body: string) => {
    const note = `#!/bin/sh
STATE='${state}'
{ printf '${name}'; for argument in "$@"; do printf '|%s' "$argument"; done; echo; } >> "$STATE/calls"
`;
    await Deno.writeTextFile(path, note + body, { mode: 0o755 });
  };
  try {
    for (const path of [state, bin, here, join(folder, "home"), join(folder, "the project")]) {
      await Deno.mkdir(path);
    }
    await Deno.copyFile(join(project, "run"), join(folder, "the project", "run"));
    for (const utility of UTILITIES) await Deno.symlink(locate(utility)!, join(bin, utility));
    const programs = { uname: "linux", id: "root", ...machine.programs } as const;
    for (const [name, kind] of Object.entries(programs)) await fake(join(bin, name), name, FAKES[kind!]);
    await fake(join(state, "deno"), "own deno", FAKES.deno);
    if (machine.adapter) await Deno.writeTextFile(join(state, "adapter"), "");
    await body(async (...args) => {
      await Deno.writeTextFile(join(state, "calls"), "");
      await Deno.writeTextFile(join(state, "environment"), "");
      const [shell, ...options] = machine.shell ?? [locate("sh")!];
      const { code, stdout, stderr } = await new Deno.Command(shell!, {
        args: [...options, join(folder, "the project", "run"), ...args],
        cwd: here,
        clearEnv: true,
        env: { PATH: bin, HOME: join(folder, "home"), ...machine.environment },
      }).output();
      const lines = async (name: string) =>
        (await Deno.readTextFile(join(state, name))).split("\n").slice(0, -1);
      const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
      const calls = (await lines("calls")).filter((call) => !/^(id|uname|.*deno\|--version)/.test(call));
      const outcome = { code, stdout: decode(stdout), stderr: decode(stderr), calls };
      return { ...outcome, environment: await lines("environment") };
    }, folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
