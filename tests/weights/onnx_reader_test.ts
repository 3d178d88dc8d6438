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

async function readAll(tensors: onnx.ITensorProto[]): Promise<Record<string, number[]>> {
  const found: Record<string, number[]> = {};
  await withTemporaryFolder(async (folder) => {
    await using file = await openOnnx(await writeTestFile(folder, encodeTestModel({ tensors })));
    for (const name of file.tensors.keys()) found[name] = [...await file.read(name)];
  });
  return found;
}

Deno.test("openOnnx() gives metadata, producer, opsets, graph and entries without numbers", () =>
  withTemporaryFolder(async (folder) => {
    const bytes = encodeTestModel({
      model: {
        metadataProps: [{ key: "lapose.format", value: "1" }, { key: "é", value: "ü" }],
        graph: {
          name: "g",
          node: [{ opType: "Identity", name: "n", input: ["a"], output: ["y"] }],
          input: [{ name: "x" }],
          output: [{ name: "y" }],
          initializer: [{
            name: "a",
            dims: [2, 3],
            dataType: types.float,
            rawData: floatBytes([1, 2, 3, 4, 5, 6]),
          }],
        },
      },
    });
    await using file = await openOnnx(await writeTestFile(folder, bytes));
    assert.deepEqual([...file.metadata], [["lapose.format", "1"], ["é", "ü"]]);
    assert.deepEqual(file.producer, { name: "test", version: "1.2" });
    assert.deepEqual([...file.opsets], [["", 17]]);
    assert.deepEqual([...file.tensors.values()], [{
      name: "a",
      shape: [2, 3],
      dataType: "float32",
      bytes: 24,
    }]);
    assert.equal(file.graph.node?.[0].opType, "Identity");
    assert.deepEqual(file.graph.input?.map(({ name }) => name), ["x"]);
    assert.equal(file.graph.initializer?.[0].rawData?.length, 0);
  }));

Deno.test("read() gives raw data of every type", async () => {
  const half = new Uint8Array(new Uint16Array([0x3e00, 0xc000]).buffer);
  const found = await readAll([
    { name: "float", dims: [2, 1], dataType: types.float, rawData: floatBytes([1.5, -2]) },
    { name: "half", dims: [2], dataType: types.half, rawData: half },
    { name: "bfloat16", dims: [1], dataType: types.bfloat16, rawData: new Uint8Array([0xc0, 0x3f]) },
    {
      name: "double",
      dims: [1],
      dataType: types.double,
      rawData: new Uint8Array(new Float64Array([0.1]).buffer),
    },
    {
      name: "int64",
      dims: [2],
      dataType: types.int64,
      rawData: new Uint8Array(new BigInt64Array([-5n, 7n]).buffer),
    },
    { name: "scalar", dims: [], dataType: types.float, rawData: floatBytes([3]) },
    { name: "empty", dims: [0, 4], dataType: types.float, rawData: new Uint8Array(0) },
    { name: "nothing", dims: [0], dataType: types.float },
  ]);
  assert.deepEqual(found, {
    float: [1.5, -2],
    half: [1.5, -2],
    bfloat16: [1.5],
    double: [Math.fround(0.1)],
    int64: [-5, 7],
    scalar: [3],
    empty: [],
    nothing: [],
  });
});

Deno.test("read() gives typed data of every type", async () => {
  const found = await readAll([
    { name: "float", dims: [2], dataType: types.float, floatData: [1.5, -2] },
    { name: "half", dims: [3], dataType: types.half, int32Data: [0x3e00, 0xc000, 1] },
    { name: "bfloat16", dims: [2], dataType: types.bfloat16, int32Data: [0x3fc0, 0xff80] },
    { name: "double", dims: [2], dataType: types.double, doubleData: [0.1, -1e3] },
    { name: "int64", dims: [3], dataType: types.int64, int64Data: [-5, 2 ** 33, 0] },
    { name: "int32", dims: [2], dataType: types.int32, int32Data: [-7, 2 ** 30] },
    { name: "int8", dims: [2], dataType: types.int8, int32Data: [-128, 127] },
    { name: "uint8", dims: [1], dataType: types.uint8, int32Data: [255] },
    { name: "bool", dims: [2], dataType: types.bool, int32Data: [1, 0] },
    { name: "uint64", dims: [1], dataType: types.uint64, uint64Data: [2 ** 40] },
  ]);
  assert.deepEqual(found, {
    float: [1.5, -2],
    half: [1.5, -2, 2 ** -24],
    bfloat16: [1.5, -Infinity],
    double: [Math.fround(0.1), -1000],
    int64: [-5, 2 ** 33, 0],
    int32: [-7, 2 ** 30],
    int8: [-128, 127],
    uint8: [255],
    bool: [1, 0],
    uint64: [2 ** 40],
  });
});

Deno.test("read() gives typed data that are not packed, or packed in several pieces", () =>
  withTemporaryFolder(async (folder) => {
    const [one, two, three] = [[1], [2], [3]].map(floatBytes);
    const float = (value: Uint8Array) => joinBytes([4 * 8 + 5], value);
    const head = (name: string, type: number) => joinBytes([1 * 8, 3, 2 * 8, type], shortField(8, name));
    const graph = joinBytes(
      shortField(5, joinBytes(head("unpacked", types.float), float(one), float(two), float(three))),
      shortField(
        5,
        joinBytes(head("pieces", types.float), shortField(4, joinBytes(one, two)), shortField(4, three)),
      ),
      shortField(5, joinBytes(head("mixed", types.float), float(one), shortField(4, two), float(three))),
      shortField(
        5,
        joinBytes([1 * 8, 3, 2 * 8, 1], float(one), shortField(8, "split"), float(two), float(three)),
      ),
      shortField(
        5,
        joinBytes(head("half", types.half), [5 * 8, 0x80, 0x7c, 5 * 8, 0x80, 0x80, 2], shortField(5, [1])),
      ),
    );
    await using file = await openOnnx(
      await writeTestFile(
        folder,
        joinBytes(start, [7 * 8 + 2, 0x80 + graph.length % 128, graph.length >> 7], graph),
      ),
    );
    for (const name of ["unpacked", "pieces", "mixed", "split"]) {
      assert.deepEqual([...await file.read(name)], [1, 2, 3], name);
    }
    // 0x3e00 = 31 × 512 is written as 0x80 0x7c, 0x8000 (negative zero) as 0x80 0x80 0x02.
    assert.deepEqual([...await file.read("half")], [1.5, -0, 2 ** -24]);
  }));

Deno.test("read() gives large typed data across read windows", async () => {
  const values = Array.from({ length: 70_001 }, (_, index) => index - 35_000);
  const found = await readAll([{ name: "a", dims: [70_001], dataType: types.int64, int64Data: values }]);
  assert.deepEqual(found.a, values);
});

Deno.test("read() converts large float16 data across chunks", async () => {
  const halves = Uint16Array.from({ length: 2 ** 18 + 3 }, (_, index) => index % 0x7c00);
  const found = await readAll([
    { name: "a", dims: [halves.length], dataType: types.half, rawData: new Uint8Array(halves.buffer) },
  ]);
  const wanted = new Float16Array(halves.buffer);
  assert.ok(found.a.every((value, index) => value === wanted[index]));
  assert.equal(found.a.length, halves.length);
});

Deno.test("readInto() fills a part of the caller's memory, and refuses a wrong length", () =>
  withTemporaryFolder(async (folder) => {
    const tensors = [{ name: "a", dims: [2], dataType: types.float, rawData: floatBytes([1, 2]) }];
    const path = await writeTestFile(folder, encodeTestModel({ tensors }));
    await using file = await openOnnx(path);
    const memory = new Float32Array(4).fill(9);
    await file.readInto("a", memory.subarray(1, 3));
    assert.deepEqual([...memory], [9, 1, 2, 9]);
    await assert.rejects(file.readInto("a", memory), {
      name: "RangeError",
      message: `Cannot read tensor a of ${path}: destination of 4 elements, expected 2`,
    });
  }));

Deno.test("read() serves overlapping calls of raw and typed data", () =>
  withTemporaryFolder(async (folder) => {
    const tensors = Array.from(
      { length: 40 },
      (_, index): onnx.ITensorProto =>
        index % 2 === 0
          ? { name: `t${index}`, dims: [3], dataType: types.float, rawData: floatBytes([index, 1, 2]) }
          : { name: `t${index}`, dims: [3], dataType: types.int64, int64Data: [index, 1, 2] },
    );
    await using file = await openOnnx(await writeTestFile(folder, encodeTestModel({ tensors })));
    const all = await Promise.all(tensors.map((_, index) => file.read(`t${index}`)));
    for (const [index, values] of all.entries()) assert.deepEqual([...values], [index, 1, 2]);
  }));

Deno.test("read() refuses unknown names, types without numbers, and a closed file", () =>
  withTemporaryFolder(async (folder) => {
    const tensors = [
      { name: "text", dims: [1], dataType: types.string, stringData: [new Uint8Array([65])] },
      { name: "a", dims: [1], dataType: types.float, rawData: floatBytes([1]) },
    ];
    const path = await writeTestFile(folder, encodeTestModel({ tensors }));
    const file = await openOnnx(path);
    assert.deepEqual(file.tensors.get("text"), { name: "text", shape: [1], dataType: "other", bytes: 0 });
    await assert.rejects(file.read("text"), {
      name: "TypeError",
      message: /^Cannot read tensor text of .*: its type is/,
    });
    await assert.rejects(file.read("b"), {
      name: "RangeError",
      message: `Cannot read tensor b of ${path}: the file has no tensor of that name among its 2`,
    });
    await file.close();
    await file.close();
    await assert.rejects(file.read("a"), { message: `Cannot read file ${path}: it is closed` });
  }));

Deno.test("read() refuses typed data whose count only shows when it is decoded", () =>
  withTemporaryFolder(async (folder) => {
    const tensors = [
      { name: "few", dims: [2], dataType: types.int64, int64Data: [2 ** 40] },
      { name: "many", dims: [1], dataType: types.int64, int64Data: [1, 2] },
      { name: "wide", dims: [1], dataType: types.half, int32Data: [65536] },
      { name: "rounded", dims: [1], dataType: types.int64, int64Data: [2 ** 24 + 1] },
    ];
    await using file = await openOnnx(await writeTestFile(folder, encodeTestModel({ tensors })));
    await assert.rejects(file.read("few"), {
      name: "TypeError",
      message: /its data do not hold the 2 elements/,
    });
    await assert.rejects(file.read("many"), {
      name: "TypeError",
      message: /its data do not hold the 1 elements/,
    });
    await assert.rejects(file.read("wide"), { name: "RangeError", message: /65536 in place of a float16/ });
    await assert.rejects(file.read("rounded"), { name: "RangeError", message: /16777217/ });
  }));

Deno.test("read() gives external data, with and without offset and length", () =>
  withTemporaryFolder(async (folder) => {
    await Deno.mkdir(join(folder, "sub"));
    await Deno.writeFile(join(folder, "sub", "data"), floatBytes([1, 2, 3, 4]));
    const tensors = [
      { ...external({ location: "sub/data" }), name: "first" },
      { ...external({ location: "sub/data", offset: "8", length: "8", checksum: "unused" }), name: "second" },
      { ...external({ location: "sub/data", offset: "4" }), name: "half", dataType: types.half },
    ];
    await using file = await openOnnx(await writeTestFile(folder, encodeTestModel({ tensors })));
    assert.deepEqual([...await file.read("first")], [1, 2]);
    assert.deepEqual([...await file.read("second")], [3, 4]);
    // 2.0 in float32 is 0x40000000: the halves 0x0000 and 0x4000 = 2.0.
    assert.deepEqual([...await file.read("half")], [0, 2]);
    await file.close();
    await assert.rejects(file.read("first"), /it is closed$/);
  }));
