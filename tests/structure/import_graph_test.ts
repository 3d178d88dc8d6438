import assert from "node:assert/strict";
import { join } from "node:path";
import {
  backArrows,
  barrels,
  findCircle,
  importGraph,
  importSpecifiers,
  namesAndSizes,
  rooms,
} from "./import_graph.ts";
import { projectFiles, root } from "./project_files.ts";

const scripts = (await projectFiles()).filter((path) => path.endsWith(".ts"));
const all = new Map(scripts.map((path) => [path, Deno.readTextFileSync(join(root, path))]));
/** Tests and the scripts that make golden files may import anything. */
const sources = new Map([...all].filter(([path]) => !/^(?:tests|reference)\//.test(path)));
const graph = importGraph(sources);

Deno.test("the project's imports keep the arrows of the design", () => {
  assert.ok(sources.size > 20, `only ${sources.size} files found`);
  assert.deepEqual(backArrows(graph), []);
});

Deno.test("the project's imports lead to files that are there", () => {
  for (const [path, targets] of graph) {
    for (const target of targets) assert.ok(sources.has(target), `${path} imports ${target}`);
  }
});

Deno.test("the project's imports have no circle", () => {
  assert.equal(findCircle(graph)?.join(" → "), undefined);
});

Deno.test("the project has no barrel but mod.ts", () => {
  assert.deepEqual(barrels(sources), []);
});

Deno.test("the project's files are named after what they hold and not too long", () => {
  assert.deepEqual(namesAndSizes(all), []);
});

Deno.test("rooms have no circle of arrows", () => {
  assert.equal(findCircle(new Map(Object.entries(rooms))), null);
  for (const allowed of Object.values(rooms)) {
    for (const room of allowed) assert.ok(room in rooms, room);
  }
});

Deno.test("rooms let the command line see everything and the device nothing", () => {
  const reach = (room: string): Set<string> =>
    new Set(rooms[room]!.flatMap((below) => [below, ...reach(below)]));
  assert.deepEqual(reach("gpu"), new Set());
  assert.deepEqual(reach("graph"), new Set(["gpu"]));
  assert.deepEqual(reach("kernels"), new Set(["graph", "gpu"]));
  for (const room of ["model", "people", "text", "weights", "posetrack", "training"]) {
    assert.ok(reach("cli.ts").has(room), room);
    assert.ok(!reach("kernels").has(room), room);
  }
});

/** Imports of a made-up project, one line per file: the path, then the specifiers. */
function madeUp(...lines: string[]): Map<string, string> {
  return new Map(lines.map((line) => {
    const [path, ...specifiers] = line.split(" ");
    return [path!, specifiers.map((specifier) => `import { x } from "${specifier}";\n`).join("")];
  }));
}

Deno.test("backArrows() accepts the arrows and refuses each one turned round", () => {
  const faults = (...lines: string[]) => backArrows(importGraph(madeUp(...lines)));
  assert.deepEqual(faults("kernels/linear/linear.ts ../../graph/tensor.ts ../../gpu/device.ts"), []);
  assert.deepEqual(faults("cli/pose.ts ../model/vit.ts ../people/box.ts node:path onnx-proto"), []);
  for (
    const line of [
      "gpu/a.ts ../graph/b.ts",
      "graph/a.ts ../kernels/b/b.ts",
      "kernels/a/a.ts ../../model/b.ts",
    ]
  ) {
    assert.equal(faults(line).length, 1, line);
  }
  const [fault] = faults("model/vit.ts ../cli/pose.ts");
  assert.equal(fault, "model/vit.ts imports cli/pose.ts, but model may import only kernels, graph, gpu");
  assert.equal(faults("weights/onnx.ts ../kernels/linear/linear.ts").length, 1);
  assert.equal(faults("people/crop.ts ../cli/pose.ts ../training/data.ts ../gpu/device.ts").length, 2);
});

Deno.test("backArrows() refuses the public API from inside, by path and by name", () => {
  const faults = backArrows(importGraph(madeUp("people/a.ts ../mod.ts", "cli/b.ts @lapose/lapose")));
  assert.equal(faults.length, 2);
});

Deno.test("backArrows() refuses a room without arrows", () => {
  assert.match(backArrows(importGraph(madeUp("attic/box.ts")))[0]!, /room attic, which has no arrows/);
});

Deno.test("findCircle() names the files of a circle, however long, and only them", () => {
  const circle = (...lines: string[]) => findCircle(importGraph(madeUp(...lines)));
  assert.equal(circle("gpu/a.ts ./b.ts ./c.ts", "gpu/b.ts ./c.ts", "gpu/c.ts"), null);
  assert.deepEqual(circle("gpu/a.ts ./a.ts"), ["gpu/a.ts", "gpu/a.ts"]);
  assert.deepEqual(
    circle("gpu/start.ts ./a.ts", "gpu/a.ts ./b.ts", "gpu/b.ts ./deep/c.ts", "gpu/deep/c.ts ../a.ts"),
    ["gpu/a.ts", "gpu/b.ts", "gpu/deep/c.ts", "gpu/a.ts"],
  );
});

Deno.test("importSpecifiers() sees every form of import and none in comments", () => {
  const source = `
/** @example \`import { no } from "./comment.ts";\` */
// import { no } from "./line.ts";
import a from "./a.ts";
import type { B } from './b.ts';
import {
  c,
  type C,
} from "./c.ts";
import * as d from "./d.ts";
import "./e.ts";
import shader from "./f.wgsl" with { type: "text" };
export { g } from "./g.ts";
export type { H } from "./h.ts";
export * from "./i.ts";
const j = await import("./j.ts");
const k = await import(
  "./k.ts"
);
`;
  const letters = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k"];
  const expected = letters.map((letter) => `./${letter}.${letter === "f" ? "wgsl" : "ts"}`);
  assert.deepEqual(importSpecifiers(source), expected);
});

Deno.test("barrels() finds star exports and files of nothing but re-exports", () => {
  const found = (source: string, path = "gpu/a.ts") => barrels(new Map([[path, source]])).length;
  assert.equal(found(`export * from "./b.ts";\nexport const one = 1;`), 1);
  assert.equal(found(`/** All. */\nexport { b } from "./b.ts";\nexport type { C } from "./c.ts";\n`), 1);
  assert.equal(found(`import "./x.ts";\nexport { b } from "./b.ts";`), 1);
  assert.equal(found(`export { b } from "./b.ts";\nexport function own() {}`), 0);
  assert.equal(found(`import { b } from "./b.ts";\nexport const c = b;`), 0);
  assert.equal(found(`export * from "./gpu/b.ts";`, "mod.ts"), 0);
});

Deno.test("namesAndSizes() finds empty names, capitals and the 401st line", () => {
  const found = (path: string, lines = 1) => namesAndSizes(new Map([[path, "x\n".repeat(lines)]])).length;
  assert.equal(found("gpu/device.ts", 400), 0);
  assert.equal(found("gpu/device.ts", 401), 1);
  for (const path of ["gpu/index.ts", "text/utils.ts", "helpers.ts", "gpu/GpuDevice.ts", "gpu/a-b.ts"]) {
    assert.equal(found(path), 1, path);
  }
});
