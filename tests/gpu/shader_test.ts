/** Shader text: `#unroll` blocks and `{NAME}` defines become plain WGSL, mistakes in them are named; storage is declared. */
import assert from "node:assert/strict";
import { declareStorage, expandShader, type Shader, shaderKey } from "../../gpu/shader.ts";

function expand(source: string, defines: Record<string, number> = {}): string {
  return expandShader({ name: "test/shader", source, defines });
}

Deno.test("expandShader() leaves plain WGSL as it is", () => {
  const source = "fn main() {\n  let a = vec2f(1.0);\n}\n";
  assert.equal(expandShader({ name: "plain", source }), source);
});

Deno.test("expandShader() repeats a block with its variable replaced", () => {
  assert.equal(
    expand("a\n#unroll i 3\nlet x$i = y[$iu] + $i.0;\n#end\nb"),
    [
      "a",
      "let x0 = y[0u] + 0.0;",
      "let x1 = y[1u] + 1.0;",
      "let x2 = y[2u] + 2.0;",
      "b",
    ].join("\n"),
  );
});

Deno.test("expandShader() nests blocks", () => {
  assert.equal(
    expand("  #unroll i 2\n  #unroll j 2\nc$i_$j\n  #end\nd$i\n  #end"),
    "c0_0\nc0_1\nd0\nc1_0\nc1_1\nd1",
  );
});

Deno.test("expandShader() takes counts from defines, and repeats nothing zero times", () => {
  const source = "#unroll i ROWS\nr$i\n#end\nconst N = {ROWS}u * {LANES}u;";
  assert.equal(expand(source, { ROWS: 2, LANES: 8 }), "r0\nr1\nconst N = 2u * 8u;");
  assert.equal(expand(source, { ROWS: 0, LANES: 8 }), "const N = 0u * 8u;");
});

Deno.test("expandShader() leaves braces of WGSL alone", () => {
  const source = "struct A { x: u32 }\nfn f() -> u32 { return B; }";
  assert.equal(expand(source), source);
});

Deno.test("expandShader() names shader and mistake", () => {
  const refuse = (source: string, message: string) =>
    assert.throws(() => expand(source), { name: "SyntaxError", message });
  refuse("let n = {ROWS};", "Cannot expand shader test/shader: ROWS is not defined");
  refuse("#unroll i ROWS\n#end", "Cannot expand shader test/shader: ROWS is not defined");
  refuse("#unroll i 2\na", "Cannot expand shader test/shader: #unroll without #end");
  refuse("#unroll i 2\n#unroll j 2\n#end\na", "Cannot expand shader test/shader: #unroll without #end");
  refuse("a\n#end", "Cannot expand shader test/shader: #end without #unroll");
  refuse("#unroll i 2\n#end\n#end", "Cannot expand shader test/shader: #end without #unroll");
});

Deno.test("declareStorage() enables halves only where a binding is made of them", () => {
  assert.equal(declareStorage([]), "");
  assert.doesNotMatch(declareStorage(["f32", "f32"]), /f16/);
  for (const types of [["f16"], ["f32", "f16"], ["f16", "f32"]] as const) {
    assert.equal(declareStorage(types).indexOf("enable f16;"), 0);
  }
});

Deno.test("declareStorage() names the elements, blocks and textures of each binding", () => {
  const lines = declareStorage(["f32", "f16"]).split("\n");
  for (
    const line of [
      "alias Element0 = f32;",
      "alias Block0 = vec4f;",
      "alias Texture0 = texture_storage_2d<rgba32float, read>;",
      "alias Element1 = f16;",
      "alias Block1 = vec4<f16>;",
      "alias Texture1 = texture_storage_2d<rgba16float, read>;",
    ]
  ) assert(lines.includes(line), line);
});

Deno.test("declareStorage() narrows to finite halves, and singles not at all", () => {
  const [single, half] = [declareStorage(["f32"]), declareStorage(["f16"])];
  assert.match(single, /fn narrow0\(value: vec4f\) -> Block0 \{ return value; \}/);
  assert.match(
    half,
    /fn narrow0\(value: vec4f\) -> Block0 \{ return Block0\(select\(value, clamp\(.*-65504\.0.*65504\.0.*\).*\)\); \}/,
  );
});

Deno.test("shaderKey() differs where the pipeline does", () => {
  const shader: Shader = { name: "a", source: "b", constants: { N: 1 }, defines: { M: 1 } };
  assert.equal(shaderKey(shader), shaderKey({ ...shader }));
  const others: Partial<Shader>[] = [
    { name: "c" },
    { source: "c" },
    { constants: { N: 2 } },
    { defines: { M: 2 } },
    { constants: {} },
    { defines: {} },
  ];
  for (const other of others) assert.notEqual(shaderKey({ ...shader, ...other }), shaderKey(shader));
});
