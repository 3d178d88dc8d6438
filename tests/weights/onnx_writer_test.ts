import assert from "node:assert/strict";
import { join } from "node:path";
import proto from "onnx-proto";
import type { OnnxModelDescription } from "../../weights/onnx_layout.ts";
import { openOnnx } from "../../weights/onnx_reader.ts";
import { writeOnnx } from "../../weights/onnx_writer.ts";
import type { FloatTensorSource, IntegerTensorSource, TensorSource } from "../../weights/tensor_source.ts";
import { listFolder, withTemporaryFolder } from "../support/temporary_folder.ts";

function floats(name: string, shape: number[], values: number[]): FloatTensorSource {
  return { name, shape, dataType: "float32", read: () => Promise.resolve(new Float32Array(values)) };
}

function halves(name: string, shape: number[], values: number[]): FloatTensorSource {
  return { ...floats(name, shape, values), dataType: "float16" };
}

function integers(name: string, shape: number[], values: bigint[]): IntegerTensorSource {
  return { name, shape, dataType: "int64", read: () => Promise.resolve(new BigInt64Array(values)) };
}

function describe(tensors: TensorSource[]): OnnxModelDescription {
  return {
    name: "lapose",
    nodes: [{ opType: "Identity", name: "n", input: ["a"], output: ["y"] }],
    inputs: [],
    outputs: [{ name: "y", type: { tensorType: { elemType: 1, shape: { dim: [{ dimParam: "batch" }] } } } }],
    opsets: new Map([["", 17]]),
    irVersion: 8,
    producer: { name: "lapose", version: "0.1.0" },
    metadata: new Map([["lapose.format", "1"], ["lapose.config", `{"a": "é"}`]]),
    tensors,
  };
}

const counting = Array.from({ length: 600 }, (_, index) => index - 300);

Deno.test("writeOnnx() writes a model that the protobuf library decodes whole", () =>
  withTemporaryFolder(async (folder) => {
    const path = join(folder, "model.onnx");
    await writeOnnx(
      path,
      describe([
        floats("a", [2, 300], counting),
        halves("b", [3], [1.5, -2, 2 ** -24]),
        integers("c", [2], [-1n, 2n ** 40n]),
        floats("scalar", [], [7]),
        floats("empty", [0, 3], []),
      ]),
    );
    const model = proto.onnx.ModelProto.decode(await Deno.readFile(path));
    assert.equal(Number(model.irVersion), 8);
    assert.equal(model.producerName, "lapose");
    assert.deepEqual(model.opsetImport.map(({ domain, version }) => [domain, Number(version)]), [["", 17]]);
    assert.deepEqual(model.metadataProps.map(({ key, value }) => [key, value]), [
      ["lapose.format", "1"],
      ["lapose.config", `{"a": "é"}`],
    ]);
    assert.equal(model.graph?.name, "lapose");
    assert.equal(model.graph?.node?.[0].opType, "Identity");
    assert.equal(model.graph?.output?.[0].type?.tensorType?.shape?.dim?.[0].dimParam, "batch");
    const found = model.graph?.initializer?.map(({ name, dims, dataType, rawData }) => {
      return [name, dims?.map(Number), dataType, [...new Uint8Array(rawData ?? [])].length];
    });
    assert.deepEqual(found, [
      ["a", [2, 300], 1, 2400],
      ["b", [3], 10, 6],
      ["c", [2], 7, 16],
      ["scalar", [], 1, 4],
      ["empty", [0, 3], 1, 0],
    ]);
    assert.deepEqual([...model.graph?.initializer?.[1].rawData ?? []], [0, 0x3e, 0, 0xc0, 1, 0]);
    assert.deepEqual([...model.graph?.initializer?.[3].rawData ?? []], [0, 0, 0xe0, 0x40]);
    assert.deepEqual(await listFolder(folder), ["model.onnx"]);
  }));

for (const external of [false, true]) {
  Deno.test(`writeOnnx() ${external ? "with external data" : "inline"} is read back by openOnnx()`, () =>
    withTemporaryFolder(async (folder) => {
      const path = join(folder, "model.onnx");
      const large = Array.from({ length: 2 ** 18 + 5 }, (_, index) => (index % 1000) / 8);
      await writeOnnx(
        path,
        describe([
          floats("a", [2, 300], counting),
          halves("b", [large.length], large),
          integers("c", [200], Array(200).fill(5n)),
          floats("d", [600, 1], counting.toReversed()),
          floats("small", [1], [0.5]),
        ]),
        { external },
      );
      await using file = await openOnnx(path);
      assert.deepEqual([...file.metadata.keys()], ["lapose.format", "lapose.config"]);
      assert.deepEqual([...file.tensors.values()], [
        { name: "a", shape: [2, 300], dataType: "float32", bytes: 2400 },
        { name: "b", shape: [large.length], dataType: "float16", bytes: 2 * large.length },
        { name: "c", shape: [200], dataType: "int64", bytes: 1600 },
        { name: "d", shape: [600, 1], dataType: "float32", bytes: 2400 },
        { name: "small", shape: [1], dataType: "float32", bytes: 4 },
      ]);
      assert.deepEqual([...await file.read("a")], counting);
      assert.deepEqual([...await file.read("b")], large);
      assert.deepEqual([...await file.read("c")], Array(200).fill(5));
      assert.deepEqual([...await file.read("d")], counting.toReversed());
      assert.deepEqual([...await file.read("small")], [0.5]);
      assert.deepEqual(
        await listFolder(folder),
        external ? ["model.onnx", "model.onnx_data"] : ["model.onnx"],
      );
    }));
}

Deno.test("writeOnnx() asks for one tensor after the other, and reports bytes that end at the files' sizes", () =>
  withTemporaryFolder(async (folder) => {
    for (const external of [false, true]) {
      const path = join(folder, "model.onnx");
      let open = 0;
      const progress: [number, number][] = [];
      const tensors = ["a", "b", "c"].map((name): FloatTensorSource => ({
        ...floats(name, [2, 300], counting),
        read: () => {
          assert.equal(open++, progress.length, "a tensor was made before the one before it was written");
          return Promise.resolve(new Float32Array(counting));
        },
      }));
      await writeOnnx(path, describe(tensors), { external, onProgress: (...bytes) => progress.push(bytes) });
      let size = (await Deno.stat(path)).size;
      if (external) size += (await Deno.stat(`${path}_data`)).size;
      assert.equal(progress.length, 3);
      assert.deepEqual(progress[2], [size, size]);
      assert.ok(progress[0][0] < progress[1][0]);
    }
  }));

Deno.test("writeOnnx() leaves the old files and nothing else when a tensor fails", () =>
  withTemporaryFolder(async (folder) => {
    const path = join(folder, "model.onnx");
    await writeOnnx(path, describe([floats("a", [2, 300], counting)]), { external: true });
    const old = [await Deno.readFile(path), await Deno.readFile(`${path}_data`)];
    const unmade: FloatTensorSource = {
      ...floats("z", [1], []),
      read: () => Promise.reject(new Error("no such")),
    };
    const failing: TensorSource[] = [
      unmade,
      floats("z", [2], [1, 2, 3]),
      halves("z", [2], [1, 65520]),
    ];
    for (const tensor of failing) {
      const description = describe([floats("a", [600], counting), tensor]);
      await assert.rejects(writeOnnx(path, description, { external: true }));
      await assert.rejects(writeOnnx(path, description));
      assert.deepEqual([await Deno.readFile(path), await Deno.readFile(`${path}_data`)], old);
      assert.deepEqual(await listFolder(folder), ["model.onnx", "model.onnx_data"]);
    }
  }));

Deno.test("writeOnnx() refuses elements of another kind or number, and values beyond float16", () =>
  withTemporaryFolder(async (folder) => {
    const path = join(folder, "model.onnx");
    const wrongKind = { ...floats("a", [1], [1]), dataType: "int64" };
    const cases: [TensorSource, string, string][] = [
      [floats("a", [2, 2], [1, 2, 3]), "TypeError", "3 elements, expected 4 for shape [2, 2]"],
      [
        wrongKind as unknown as TensorSource,
        "TypeError",
        "its elements are no BigInt64Array, expected for int64",
      ],
      [
        halves("a", [2, 2], [1, Infinity, -65520, 0]),
        "RangeError",
        "-65520 at [1, 0], expected magnitudes up to 65504 for float16",
      ],
    ];
    const long = new Float32Array(2 ** 19);
    long[2 ** 18 + 3] = 1e5;
    cases.push([
      halves("a", [2, 2 ** 18], [...long]),
      "RangeError",
      "100000 at [1, 3], expected magnitudes up to 65504 for float16",
    ]);
    for (const [tensor, name, problem] of cases) {
      await assert.rejects(writeOnnx(path, describe([tensor])), {
        name,
        message: `Cannot write tensor a to ${path}: ${problem}`,
      });
    }
    assert.deepEqual(await listFolder(folder), []);
  }));

Deno.test("writeOnnx() refuses names given twice or not at all, impossible shapes, and a missing folder", () =>
  withTemporaryFolder(async (folder) => {
    const path = join(folder, "model.onnx");
    const [a, b] = [floats("a", [1], [1]), floats("b", [1], [1])];
    await assert.rejects(writeOnnx(path, describe([a, b, b, a, a])), {
      name: "TypeError",
      message: "Cannot write ONNX model: several tensors named b, a",
    });
    await assert.rejects(writeOnnx(path, describe([floats("", [1], [1])])), /a tensor has no name/);
    await assert.rejects(writeOnnx(path, describe([floats("a", [-1], [1])])), { name: "RangeError" });
    await assert.rejects(writeOnnx(join(folder, "no", "model.onnx"), describe([a])), /no such folder/);
    assert.deepEqual(await listFolder(folder), []);
  }));
