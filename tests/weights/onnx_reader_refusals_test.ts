import assert from "node:assert/strict";
import { join } from "node:path";
import type { onnx } from "onnx-proto";
import { openOnnx } from "../../weights/onnx_reader.ts";
import {
  encodeTestModel,
  external,
  floatBytes,
  joinBytes,
  modelStart as start,
  onnxTypes as types,
  shortField,
  writeTestFile,
} from "./onnx_files.ts";
import { withTemporaryFolder } from "../support/temporary_folder.ts";

async function assertRefused(bytes: Uint8Array<ArrayBuffer>, name: string, message: RegExp): Promise<void> {
  await withTemporaryFolder(async (folder) => {
    const path = await writeTestFile(folder, bytes);
    await assert.rejects(openOnnx(path), { name, message });
  });
}

function assertTensorRefused(tensor: onnx.ITensorProto, name: string, message: RegExp): Promise<void> {
  return assertRefused(encodeTestModel({ tensors: [{ name: "a.weight", ...tensor }] }), name, message);
}

Deno.test("openOnnx() refuses an empty file, a folder, a missing file and files of other kinds", async () => {
  await assertRefused(new Uint8Array(0), "RangeError", /^Cannot read ONNX file .*model\.onnx: it is empty$/);
  const others = [
    joinBytes("PK", [3, 4], "archive/data.pkl"),
    joinBytes("version https://git-lfs.github.com/spec/v1"),
    joinBytes("<!DOCTYPE html><html></html>"),
    joinBytes(`{"weights": []}`),
    joinBytes([0x89], "PNG", [13, 10, 26, 10]),
    joinBytes([0x98, 1, 0, 0, 0, 0, 0, 0], `{"a":{"dtype":"F32"}}`),
    new Uint8Array(1000),
    new Uint8Array(1000).fill(255),
  ];
  for (const bytes of others) await assertRefused(bytes, "SyntaxError", /expected an ONNX model$/);
  await withTemporaryFolder(async (folder) => {
    await assert.rejects(openOnnx(folder), { name: "TypeError", message: /it is a folder/ });
    await assert.rejects(openOnnx(join(folder, "no.onnx")), /no such file/);
  });
});

Deno.test("openOnnx() refuses a model without a graph, with two, or without an operator set", async () => {
  await assertRefused(joinBytes(start), "SyntaxError", /it has no graph/);
  await assertRefused(
    joinBytes(start, shortField(7, []), shortField(7, [])),
    "SyntaxError",
    /a second graph at byte 8/,
  );
  await assertRefused(joinBytes([8, 8], shortField(7, [])), "SyntaxError", /it names no operator set/);
  await assertRefused(joinBytes(start, [7 * 8, 1]), "SyntaxError", /its graph is a number/);
});

Deno.test("openOnnx() refuses the file cut at any byte", () =>
  withTemporaryFolder(async (folder) => {
    const whole = encodeTestModel({
      tensors: [
        { name: "a", dims: [2], dataType: types.float, rawData: floatBytes([1, 2]) },
        { name: "b", dims: [2], dataType: types.int64, int64Data: [1, 300] },
      ],
    });
    for (let length = 1; length < whole.length; length++) {
      const path = await writeTestFile(folder, whole.slice(0, length));
      await assert.rejects(openOnnx(path), /Cannot read/, `cut at ${length} of ${whole.length}`);
    }
    await (await openOnnx(await writeTestFile(folder, whole))).close();
  }));

Deno.test("openOnnx() refuses lengths past the end, negative lengths and broken tags", async () => {
  const graph = (contents: Uint8Array) => joinBytes(start, shortField(7, contents));
  await assertRefused(
    joinBytes(start, [7 * 8 + 2, 5, 1]),
    "RangeError",
    /field 7 at byte 6 needs 5 bytes, 1 are left/,
  );
  await assertRefused(
    graph(joinBytes([5 * 8 + 2, 9, 0])),
    "RangeError",
    /field 5 at byte 8 needs 9 bytes, 1 are left/,
  );
  const huge = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f];
  await assertRefused(
    graph(shortField(5, joinBytes([9 * 8 + 2], huge, [0]))),
    "RangeError",
    /field 9 at byte 10 needs/,
  );
  const negative = [...Array(9).fill(0xff), 1];
  await assertRefused(
    graph(joinBytes([5 * 8 + 2], negative)),
    "RangeError",
    /field 5 at byte 8 needs -1 bytes/,
  );
  await assertRefused(
    graph(joinBytes([5 * 8 + 2], Array(11).fill(0x80))),
    "SyntaxError",
    /longer than 10 bytes/,
  );
  await assertRefused(graph(joinBytes([5 * 8 + 4, 0])), "SyntaxError", /wire type 4 at byte 8/);
  await assertRefused(graph(joinBytes([2, 0])), "SyntaxError", /field number 0 at byte 8/);
});

Deno.test("openOnnx() refuses structure that the protobuf library cannot decode", async () => {
  // A node whose own contents are broken: the walk does not look into it, the library does.
  await assertRefused(
    joinBytes(start, shortField(7, shortField(1, [0x0a, 100]))),
    "SyntaxError",
    /^Cannot decode ONNX file/,
  );
});

Deno.test("openOnnx() refuses structure that is too large for any model", async () => {
  await assertRefused(
    encodeTestModel({ model: { docString: "x".repeat(64 * 2 ** 20) } }),
    "RangeError",
    /more than 67108864 bytes or 1000000 parts besides tensor data/,
  );
  const graph = new Uint8Array(2_000_010).map((_, index) => index % 2 === 0 ? 5 * 8 + 2 : 0);
  await assertRefused(
    joinBytes([
      8,
      8,
      7 * 8 + 2,
      0x80 + graph.length % 128,
      0x80 + (graph.length >> 7) % 128,
      graph.length >> 14,
    ], graph),
    "RangeError",
    /more than 67108864 bytes or 1000000 parts besides tensor data/,
  );
});

Deno.test("openOnnx() refuses tensors whose shape and bytes differ", async () => {
  await assertTensorRefused(
    { dims: [3], dataType: types.float, rawData: floatBytes([1, 2]) },
    "TypeError",
    /^Cannot use tensor a\.weight of .*model\.onnx: 8 bytes of data, expected 12 for float32 \[3\]$/,
  );
  await assertTensorRefused(
    { dims: [1], dataType: types.half, rawData: floatBytes([1]) },
    "TypeError",
    /4 bytes of data, expected 2/,
  );
  await assertTensorRefused(
    { dims: [3], dataType: types.float, floatData: [1, 2] },
    "TypeError",
    /8 bytes of data, expected 12/,
  );
  await assertTensorRefused(
    { dims: [3], dataType: types.double, doubleData: [1] },
    "TypeError",
    /8 bytes of data, expected 24/,
  );
  await assertTensorRefused(
    { dims: [3], dataType: types.int64, int64Data: [1, 2] },
    "TypeError",
    /2 bytes of data/,
  );
  await assertTensorRefused(
    { dims: [1], dataType: types.int64, int64Data: Array(20).fill(1) },
    "TypeError",
    /20 bytes of data/,
  );
  await assertTensorRefused({ dims: [1], dataType: types.float }, "TypeError", /0 bytes of data, expected 4/);
  await assertTensorRefused(
    { dims: [2 ** 40], dataType: types.float, rawData: floatBytes([1]) },
    "TypeError",
    /4 bytes of data/,
  );
});

Deno.test("openOnnx() refuses negative and overflowing extents", async () => {
  await assertTensorRefused(
    { dims: [-1], dataType: types.float, rawData: floatBytes([1]) },
    "RangeError",
    /extent -1 in shape \[-1\]/,
  );
  await assertTensorRefused(
    { dims: [2 ** 40, 2 ** 40], dataType: types.float, rawData: floatBytes([1]) },
    "RangeError",
    /more elements/,
  );
});

Deno.test("openOnnx() refuses elements in the wrong field, in two fields, and segments", async () => {
  await assertTensorRefused(
    { dims: [1], dataType: types.float, int32Data: [1] },
    "TypeError",
    /float32 elements in field 5, expected field 4/,
  );
  const unpacked = joinBytes([1 * 8, 2, 2 * 8, 1], shortField(8, "a"), [4 * 8 + 5], floatBytes([1]), [
    5 * 8,
    1,
  ]);
  await assertRefused(
    joinBytes(start, shortField(7, shortField(5, unpacked))),
    "TypeError",
    /float32 elements in field 5, expected field 4/,
  );
  await assertTensorRefused(
    { dims: [1], dataType: types.float, rawData: floatBytes([1]), floatData: [1] },
    "TypeError",
    /raw data and more/,
  );
  await assertTensorRefused(
    { dims: [1], dataType: types.float, rawData: floatBytes([1]), segment: { begin: 0, end: 1 } },
    "TypeError",
    /one segment of a tensor/,
  );
});

Deno.test("openOnnx() refuses tensors without a name and two of one name", async () => {
  const tensor = { name: "a", dims: [1], dataType: types.float, rawData: floatBytes([1]) };
  await assertRefused(
    encodeTestModel({ tensors: [tensor, tensor] }),
    "TypeError",
    /two tensors are named a$/,
  );
  await assertRefused(
    encodeTestModel({ tensors: [{ ...tensor, name: "" }] }),
    "TypeError",
    /an initializer has no name/,
  );
});

Deno.test("openOnnx() refuses external data that lie", () =>
  withTemporaryFolder(async (folder) => {
    const model = join(folder, "model");
    await Deno.mkdir(model);
    await Deno.writeFile(join(model, "data"), floatBytes([1, 2]));
    await Deno.writeFile(join(folder, "secret"), floatBytes([1, 2]));
    await Deno.symlink(join(folder, "secret"), join(model, "link"));
    const cases: [Record<string, string>, RegExp][] = [
      [{ location: "data", offset: "4" }, /bytes 4 to 12 of data, expected them within its 8 bytes/],
      [{ location: "data", offset: "-4" }, /external offset "-4", expected a number of bytes/],
      [{ location: "data", offset: "1e1" }, /external offset "1e1"/],
      [{ location: "data", offset: "99999999999999999999" }, /external offset "99999999999999999999"/],
      [{ location: "data", length: "4" }, /4 bytes of data, expected 8/],
      [{ location: "data", length: "99999999" }, /99999999 bytes of data, expected 8/],
      [{ location: join(folder, "secret") }, /it is absolute/],
      [{ location: "../secret" }, /it contains "\.\."/],
      [{ location: "link" }, /a symbolic link leads to/],
      [{ location: "no" }, /no such file/],
      [{ location: "." }, /it is not a file name|expected a file inside/],
      [{}, /it is not a file name/],
    ];
    for (const [values, message] of cases) {
      const path = await writeTestFile(model, encodeTestModel({ tensors: [external(values)] }));
      await assert.rejects(openOnnx(path), message, JSON.stringify(values));
    }
    const both = { ...external({ location: "data" }), rawData: floatBytes([1, 2]) };
    await assert.rejects(
      openOnnx(await writeTestFile(model, encodeTestModel({ tensors: [both] }))),
      /both inline and external/,
    );
  }));
