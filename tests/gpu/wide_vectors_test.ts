/** When llvmpipe is asked for 512-bit vectors: never against the user, never beyond the processor, never without permission. */
import assert from "node:assert/strict";
import { hasWideVectors } from "../../gpu/wide_vectors.ts";

const names = ["LP_NATIVE_VECTOR_WIDTH", "GALLIVM_PERF"];
const module = new URL("../../gpu/wide_vectors.ts", import.meta.url).href;
const program = `import { preferWideVectors } from ${JSON.stringify(module)};
preferWideVectors();
console.log(${JSON.stringify(names)}.map((name) => Deno.env.get(name) ?? "unset").join(" "));`;

/** What the two variables are afterwards, in a process of its own. */
async function variablesAfter(
  permissions: string[],
  environment: Record<string, string> = {},
): Promise<string> {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-prompt", "--no-lock", "--quiet", ...permissions, "-"],
    env: { ...environment, PATH: Deno.env.get("PATH") ?? "" },
    clearEnv: true,
    stdin: "piped",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(program));
  await writer.close();
  return new TextDecoder().decode((await child.output()).stdout).trim();
}

Deno.test("hasWideVectors() needs AVX-512 on every processor", () => {
  const flags = (names: string) => `processor\t: 0\nflags\t\t: fpu ${names}\nbugs\t\t:\n`;
  assert.equal(hasWideVectors(flags("avx2 avx512f avx512vl")), true);
  assert.equal(hasWideVectors(flags("avx2 avx512f")), true);
  assert.equal(hasWideVectors(flags("avx2 avx512fp16x")), false);
  assert.equal(hasWideVectors(flags("avx512f") + flags("avx2")), false);
  assert.equal(hasWideVectors("processor\t: 0\nFeatures\t: fp asimd\n"), false);
  assert.equal(hasWideVectors(""), false);
});

Deno.test("preferWideVectors() asks for them where the processor has them", async () => {
  const wide = Deno.build.os === "linux" && hasWideVectors(await Deno.readTextFile("/proc/cpuinfo"));
  assert.equal(await variablesAfter(["--allow-all"]), wide ? "512 no_quad_lod" : "unset unset");
});

Deno.test("preferWideVectors() leaves the user's choice and asks for no permission", async () => {
  const [width, flags] = names;
  assert.equal(await variablesAfter(["--allow-all"], { [width]: "256" }), "256 unset");
  assert.equal(await variablesAfter(["--allow-all"], { [flags]: "nopt" }), "unset nopt");
  assert.equal(await variablesAfter(["--allow-env", "--allow-read"]), "unset unset");
  assert.equal(await variablesAfter([`--allow-env=${names}`]), "unset unset");
});
