/** `run` on machines that lack things, and the closing line of `tests/run.ts`. */

import assert from "node:assert/strict";
import { join } from "node:path";
import { closingLine, countTests } from "./run.ts";
import { locate, onMachine } from "./run_machine.ts";

/** Names of everything below a folder. */
function namesBelow(folder: string): string[] {
  return [...Deno.readDirSync(folder)].flatMap(({ name, isDirectory }) =>
    isDirectory ? [name, ...namesBelow(join(folder, name))] : [name]
  );
}

const shells = {
  sh: [locate("sh")],
  dash: [locate("dash")],
  bash: [locate("bash")],
  "busybox sh": [locate("busybox"), "sh"],
};

const windows = Deno.build.os === "windows";

for (const [name, shell] of Object.entries(shells)) {
  Deno.test({
    name: `run (${name}) installs Deno, a driver and ffmpeg once`,
    ignore: windows || shell.includes(null),
    fn: () =>
      onMachine(
        { programs: { npm: "npm", "apt-get": "installer" }, shell: shell as string[] },
        async (start, folder) => {
          const first = await start("test", "tests/a b");
          assert.equal(first.code, 0, first.stderr);
          const own = join(folder, "home/.cache/lapose/deno/2.9.6/deno");
          assert.ok((await Deno.stat(own)).isFile);
          assert.deepEqual(first.calls.map((call) => call.split("|").slice(0, 2).join(" ")), [
            "npm install",
            "own deno eval",
            "apt-get -o",
            "apt-get -o",
            "own deno eval",
            "apt-get -o",
            "apt-get -o",
            "own deno task",
          ]);
          assert.match(first.calls[0]!, /\|deno@2\.9\.6$/);
          assert.match(
            first.calls[3]!,
            /\|install\|-y\|--no-install-recommends\|mesa-vulkan-drivers\|libvulkan1$/,
          );
          assert.match(first.calls[6]!, /\|ffmpeg$/);
          const config = join(folder, "the project/deno.json");
          const task = `own deno|task|--node-modules-dir=manual|--config|${config}|test|tests/a b`;
          assert.equal(first.calls[7], task);
          for (const step of ["installing Deno", "installing a Vulkan driver", "installing ffmpeg"]) {
            assert.ok(first.stderr.includes(step), first.stderr);
          }
          const left = namesBelow(join(folder, "home/.cache")).filter((name) => /partial|log/.test(name));
          assert.deepEqual(left, []);

          const second = await start("test");
          assert.equal(second.code, 0);
          assert.equal(second.stderr, "");
          assert.deepEqual(second.calls.map((call) => call.split("|")[1]), ["eval", "task"]);
        },
      ),
  });
}

/** A test that needs a POSIX shell. */
function test(name: string, fn: () => Promise<void>): void {
  Deno.test({ name: `run ${name}`, ignore: windows, fn });
}

test("uses what is there and hands arguments and folder on as they are", () =>
  onMachine({ programs: { deno: "deno" }, adapter: true }, async (start, folder) => {
    const { code, stderr, calls, environment } = await start("demo", "--out", "a  'b'", "");
    assert.equal(code, 0);
    assert.equal(stderr, "");
    const root = join(folder, "the project");
    assert.equal(
      calls.at(-1),
      `deno|run|-A|--config|${root}/deno.json|${root}/cli.ts|demo|--out|a  'b'|`,
    );
    assert.deepEqual(environment, [
      join(folder, "some where"),
      `XDG_RUNTIME_DIR=${folder}/home/.cache/lapose/runtime`,
      "DENO_WEBGPU_BACKEND=vulkan",
    ]);
  }));

test("keeps the caller's cache folder, runtime folder and backend", () => {
  const environment = { XDG_RUNTIME_DIR: "/run/user/7", DENO_WEBGPU_BACKEND: "gl", XDG_CACHE_HOME: "" };
  return onMachine({ programs: { deno: "deno" }, adapter: true, environment }, async (start) => {
    const outcome = await start("pose");
    assert.deepEqual(outcome.environment.slice(1), [
      "XDG_RUNTIME_DIR=/run/user/7",
      "DENO_WEBGPU_BACKEND=gl",
    ]);
  });
});

test("finds its folder through links", () =>
  onMachine({ programs: { deno: "deno" }, adapter: true }, async (start, folder) => {
    await Deno.rename(join(folder, "the project/run"), join(folder, "the project/real run"));
    await Deno.symlink("hop", join(folder, "the project/run"));
    await Deno.mkdir(join(folder, "elsewhere"));
    await Deno.rename(join(folder, "the project/real run"), join(folder, "elsewhere/run"));
    await Deno.symlink(join(folder, "elsewhere/run"), join(folder, "the project/hop"));
    const { calls } = await start("demo");
    assert.ok(calls.at(-1)!.includes(`|${folder}/elsewhere/cli.ts|`), calls.at(-1));
  }));

test("installs Deno through pip where there is no npm", async () => {
  for (const programs of [{ python3: "python3" }, { pip3: "pip3" }] as const) {
    await onMachine({ programs, adapter: true }, async (start) => {
      const { code, stderr, calls } = await start("demo");
      assert.equal(code, 0, stderr);
      assert.match(stderr, /installing Deno 2\.9\.6 through pip/);
      assert.ok(calls.some((call) => call.endsWith("|deno==2.9.6")), calls.join("\n"));
      assert.match(calls.at(-1)!, /^own deno\|run\|/);
    });
  }
});

test("turns to pip when npm fails, and shows what npm said", () =>
  onMachine({ programs: { npm: "brokenNpm", python3: "python3" }, adapter: true }, async (start) => {
    const { code, stderr, calls } = await start("demo");
    assert.equal(code, 0, stderr);
    assert.match(stderr, /registry not reached/);
    assert.match(calls.at(-1)!, /^own deno\|run\|/);
  }));

test("says what to do when Deno cannot be had, and leaves nothing behind", async () => {
  for (const programs of [{}, { npm: "brokenNpm" }] as const) {
    await onMachine({ programs, adapter: true }, async (start, folder) => {
      const { code, stderr } = await start("demo");
      assert.equal(code, 1);
      assert.match(stderr, /Deno 2\.9\.6 cannot be installed/);
      assert.match(stderr, /npm.*pip/);
      assert.deepEqual(namesBelow(join(folder, "home/.cache/lapose")).sort(), ["deno", "runtime"]);
    });
  }
});

test("leaves a Deno that is too old alone and uses its own", () =>
  onMachine({ programs: { deno: "oldDeno", npm: "npm" }, adapter: true }, async (start) => {
    const { code, stderr, calls } = await start("demo");
    assert.equal(code, 0, stderr);
    assert.match(stderr, /Deno 2\.1\.4 on the PATH is older than 2\.9/);
    assert.match(calls.at(-1)!, /^own deno\|run\|/);
  }));

test("knows the driver's packages for dnf, apk and pacman", async () => {
  const managers = {
    dnf: "dnf|install|-y|mesa-vulkan-drivers|vulkan-loader",
    apk: "apk|add|mesa-vulkan-swrast|vulkan-loader",
    pacman: "pacman|-Sy|--needed|--noconfirm|vulkan-swrast|vulkan-icd-loader",
  };
  for (const [manager, call] of Object.entries(managers)) {
    const programs = { deno: "deno", ffmpeg: "ffmpeg", [manager]: "installer" } as const;
    await onMachine({ programs }, async (start) => {
      const { code, stderr, calls } = await start("test");
      assert.equal(code, 0, stderr);
      assert.equal(calls[1], call);
    });
  }
});

test("installs through sudo only when that asks for no password", async () => {
  const programs = { deno: "deno", ffmpeg: "ffmpeg", id: "user", dnf: "installer" } as const;
  await onMachine({ programs: { ...programs, sudo: "sudo" } }, async (start) => {
    const { code, stderr, calls } = await start("test");
    assert.equal(code, 0, stderr);
    assert.ok(calls.includes("sudo|-n|dnf|install|-y|mesa-vulkan-drivers|vulkan-loader"), calls.join("\n"));
  });
  await onMachine({ programs: { ...programs, sudo: "sudoWithPassword" } }, async (start) => {
    const { code, stderr, calls } = await start("test");
    assert.equal(code, 1);
    assert.match(stderr, /run as root: dnf install/);
    assert.ok(!calls.some((call) => call.startsWith("dnf")), calls.join("\n"));
  });
});

test("goes on with the demo but not with the tests where no adapter is to be had", async () => {
  const programs = { deno: "deno", id: "user", "apt-get": "installer", ffmpeg: "ffmpeg" } as const;
  await onMachine({ programs }, async (start) => {
    const demo = await start("demo");
    assert.equal(demo.code, 0);
    assert.match(
      demo.stderr,
      /run as root: apt-get update && apt-get install -y --no-install-recommends mesa/,
    );
    assert.match(demo.stderr, /going on without WebGPU/);
    assert.match(demo.calls.at(-1)!, /\|demo$/);
    const tests = await start("test");
    assert.equal(tests.code, 1);
    assert.match(tests.stderr, /the tests need a WebGPU adapter/);
    assert.ok(!tests.calls.some((call) => call.startsWith("apt-get") || call.includes("|task|")));
  });
  for (const programs of [{ uname: "mac" }, {}, { "apt-get": "idleInstaller" }] as const) {
    await onMachine({ programs: { deno: "deno", ...programs } }, async (start) => {
      const { code, stderr } = await start("test");
      assert.equal(code, 1);
      assert.match(stderr, /driver/);
    });
  }
});

test("installs nothing with LAPOSE_NO_INSTALL=1", async () => {
  const environment = { LAPOSE_NO_INSTALL: "1" };
  await onMachine(
    { programs: { deno: "deno", "apt-get": "installer" }, adapter: true, environment },
    async (start) => {
      const { code, stderr, calls } = await start("test");
      assert.equal(code, 0);
      assert.match(stderr, /ffmpeg is missing/);
      assert.match(stderr, /tests that read video are skipped/);
      assert.deepEqual(calls.map((call) => call.split("|")[0]), ["deno", "deno"]);
    },
  );
  await onMachine({ programs: { npm: "npm" }, environment }, async (start) => {
    const { code, calls } = await start("demo");
    assert.equal(code, 1);
    assert.deepEqual(calls, []);
  });
});

test("tells tasks from commands and asks for no adapter where none is needed", () =>
  onMachine({ programs: { deno: "deno" } }, async (start) => {
    const task = await start("check", "--quiet");
    assert.match(task.calls.at(-1)!, /^deno\|task\|.*\|check\|--quiet$/);
    const command = await start("info", "lapose.onnx");
    assert.match(command.calls.at(-1)!, /^deno\|run\|.*cli\.ts\|info\|lapose\.onnx$/);
    for (const { calls, stderr } of [task, command]) {
      assert.ok(!calls.some((call) => call.includes("|eval|")));
      assert.equal(stderr, "");
    }
  }));

test("prints its usage when asked, and with status 2 when called with nothing", () =>
  onMachine({ programs: {} }, async (start) => {
    const help = await start("--help");
    assert.equal(help.code, 0);
    assert.match(help.stdout, /\.\/run demo/);
    const nothing = await start();
    assert.equal(nothing.code, 2);
    assert.equal(nothing.stdout, "");
    assert.equal(nothing.stderr, help.stdout);
  }));

Deno.test("countTests() reads Deno's summary with steps, ignored tests and colours", () => {
  const output =
    "noise\n\n\x1b[0m\x1b[32mok\x1b[0m | 12 passed (3 steps) | 0 failed | 2 ignored (1 step) (5s)\n";
  assert.deepEqual(countTests(output, true), { passed: 12, failed: 0, skipped: 2 });
  assert.deepEqual(countTests("FAILED | 4 passed | 3 failed (1m2s)\n", false), {
    passed: 4,
    failed: 3,
    skipped: 0,
  });
});

Deno.test("countTests() takes the last summary, not one that a test printed", () => {
  const output = "ok | 99 passed | 0 failed (1s)\nFAILED | 1 passed | 1 failed (2s)\n";
  assert.deepEqual(countTests(output, false), { passed: 1, failed: 1, skipped: 0 });
});

Deno.test("countTests() counts a crash and an empty run as a failure", () => {
  assert.deepEqual(countTests("ok | 5 passed | 0 failed (1s)\n", false), {
    passed: 5,
    failed: 1,
    skipped: 0,
  });
  assert.deepEqual(countTests("", false), { passed: 0, failed: 1, skipped: 0 });
  assert.deepEqual(countTests("ok | 0 passed | 0 failed (1s)\n", true), { passed: 0, failed: 1, skipped: 0 });
});

Deno.test("closingLine() names skipped tests only where there are some", () => {
  assert.equal(closingLine({ passed: 7, failed: 0, skipped: 0 }), "7 passed, 0 failed");
  assert.equal(closingLine({ passed: 7, failed: 1, skipped: 2 }), "7 passed, 1 failed, 2 skipped");
});
