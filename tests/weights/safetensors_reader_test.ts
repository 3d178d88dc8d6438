import assert from "node:assert/strict";
import { join } from "node:path";
import { openSafetensors } from "../../weights/safetensors_reader.ts";
import { encodeSafetensors, floatTensor, joinSafetensors } from "./safetensors_files.ts";
import { withTemporaryFolder } from "../support/temporary_folder.ts";

async function assertRefused(bytes: Uint8Array<ArrayBuffer>, name: string, message: RegExp): Promise<void> {
  await withTemporaryFolder(async (folder) => {
    const path = join(folder, "model.safetensors");
    await Deno.writeFile(path, bytes);
    await assert.rejects(openSafetensors(path), { name, message });
  });
}

const valid = { dtype: "F32", shape: [2], data_offsets: [0, 8] };

Deno.test("openSafetensors() gives metadata, entries and numbers of every type", () =>
  withTemporaryFolder(async (folder) => {
    const path = join(folder, "model.safetensors");
    await Deno.writeFile(
      path,
      encodeSafetensors({
        // An odd number of bytes first, so that nothing behind it is aligned.
        flag: { dtype: "BOOL", shape: [1], bytes: new Uint8Array([1]) },
        f32: floatTensor([2, 1], [1.5, -2]),
        f16: { dtype: "F16", shape: [2], bytes: new Uint8Array([0, 0x3e, 0, 0xc0]) },
        bf16: { dtype: "BF16", shape: [1], bytes: new Uint8Array([0xc0, 0x3f]) },
        f64: { dtype: "F64", shape: [1], bytes: new Uint8Array(new Float64Array([0.1]).buffer) },
        i64: { dtype: "I64", shape: [], bytes: new Uint8Array(new BigInt64Array([-9n]).buffer) },
        empty: { dtype: "F32", shape: [0, 3], bytes: new Uint8Array(0) },
      }, { format: "pt" }),
    );
    await using file = await openSafetensors(path);
    assert.deepEqual([...file.metadata], [["format", "pt"]]);
    assert.deepEqual(file.tensors.get("f16"), { name: "f16", shape: [2], dataType: "float16", bytes: 4 });
    const found: Record<string, number[]> = {};
    for (const name of file.tensors.keys()) found[name] = [...await file.read(name)];
    assert.deepEqual(found, {
      flag: [1],
      f32: [1.5, -2],
      f16: [1.5, -2],
      bf16: [1.5],
      f64: [Math.fround(0.1)],
      i64: [-9],
      empty: [],
    });
    const memory = new Float32Array(4).fill(9);
    await file.readInto("f32", memory.subarray(1, 3));
    assert.deepEqual([...memory], [9, 1.5, -2, 9]);
    await assert.rejects(file.readInto("f32", memory), {
      name: "RangeError",
      message: `Cannot read tensor f32 of ${path}: destination of 4 elements, expected 2`,
    });
    await assert.rejects(file.read("no"), /the file has no tensor of that name among its 7/);
    await file.close();
    await assert.rejects(file.read("f32"), /it is closed/);
  }));

Deno.test("openSafetensors() accepts tensors in any order, and empty ones that share an offset", () =>
  withTemporaryFolder(async (folder) => {
    const path = join(folder, "model.safetensors");
    const header = {
      b: { ...valid, data_offsets: [8, 16] },
      a: { ...valid, data_offsets: [0, 8] },
      empty: { ...valid, shape: [0], data_offsets: [0, 0] },
    };
    await Deno.writeFile(
      path,
      joinSafetensors(header, new Uint8Array(new Float32Array([1, 2, 3, 4]).buffer)),
    );
    await using file = await openSafetensors(path);
    assert.deepEqual([...await file.read("a"), ...await file.read("empty"), ...await file.read("b")], [
      1,
      2,
      3,
      4,
    ]);
  }));

Deno.test("openSafetensors() refuses empty, short and foreign files", async () => {
  await assertRefused(new Uint8Array(0), "RangeError", /model\.safetensors: it is empty$/);
  await assertRefused(new Uint8Array([1, 2, 3]), "SyntaxError", /3 bytes, expected a header/);
  await assertRefused(
    new TextEncoder().encode("PK\x03\x04 a pickle of PyTorch"),
    "RangeError",
    /header of \d+ bytes, expected/,
  );
  await assertRefused(
    new TextEncoder().encode("<!DOCTYPE html>"),
    "RangeError",
    /not a safetensors file, or cut short/,
  );
  await assertRefused(new Uint8Array(100), "SyntaxError", /its header is no JSON text/);
  await withTemporaryFolder((folder) => assert.rejects(openSafetensors(folder), /it is a folder/));
});

Deno.test("openSafetensors() refuses the file cut at any byte", () =>
  withTemporaryFolder(async (folder) => {
    const path = join(folder, "model.safetensors");
    const whole = encodeSafetensors({ a: floatTensor([2], [1, 2]), b: floatTensor([1], [3]) });
    for (let length = 0; length < whole.length; length++) {
      await Deno.writeFile(path, whole.slice(0, length));
      await assert.rejects(openSafetensors(path), /^(RangeError|SyntaxError): Cannot /, `cut at ${length}`);
    }
    await Deno.writeFile(path, whole);
    await (await openSafetensors(path)).close();
  }));

Deno.test("openSafetensors() refuses a header that is larger than the file or the format allows", async () => {
  const bytes = joinSafetensors({}, new Uint8Array(0));
  new DataView(bytes.buffer).setBigUint64(0, 2n ** 63n, true);
  await assertRefused(bytes, "RangeError", /header of 9223372036854775808 bytes, expected at most 2 /);
});

Deno.test("openSafetensors() refuses headers that are not what the format says", async () => {
  const eight = new Uint8Array(8);
  const cases: [unknown, RegExp][] = [
    ["[]", /its header is no JSON object/],
    ["null", /its header is no JSON object/],
    ["{", /its header is no JSON text/],
    [{ a: 5 }, /Cannot use tensor a of .*: no name or no description/],
    [{ "": valid }, /no name or no description/],
    [{ a: { ...valid, shape: "2" } }, /shape "2", expected a list of numbers/],
    [{ a: { ...valid, shape: ["2"] } }, /shape \["2"\], expected a list of numbers/],
    [{ a: { ...valid, shape: undefined } }, /shape undefined, expected/],
    [{ a: { ...valid, data_offsets: [0] } }, /data_offsets \[0\], expected two positions/],
    [{ a: { ...valid, data_offsets: [0, 8, 8] } }, /expected two positions/],
    [{ a: { ...valid, data_offsets: [0, 8.5] } }, /expected two positions/],
    [{ a: { dtype: "F32", shape: [2] } }, /data_offsets undefined, expected two positions/],
    [{ a: valid, __metadata__: { n: 5 } }, /__metadata__ is no map of texts/],
    [{ a: valid, __metadata__: [] }, /__metadata__ is no map of texts/],
  ];
  for (const [header, message] of cases) {
    await assertRefused(joinSafetensors(header, eight), "SyntaxError", message);
  }
});

Deno.test("openSafetensors() refuses types that it cannot read", async () => {
  for (const dtype of ["F8_E4M3", "float32", "", 5]) {
    await assertRefused(
      joinSafetensors({ a: { ...valid, dtype } }, new Uint8Array(8)),
      "TypeError",
      /^Cannot use tensor a of .*: dtype .*, expected one of F64, F32, F16, BF16, I64/,
    );
  }
});

Deno.test("openSafetensors() refuses shapes and offsets that lie", async () => {
  const cases: [Record<string, unknown>, string, RegExp][] = [
    [{ a: { ...valid, shape: [3] } }, "TypeError", /8 bytes of data, expected 12 for float32 \[3\]/],
    [{ a: { ...valid, shape: [-2] } }, "RangeError", /extent -2 in shape \[-2\]/],
    [{ a: { ...valid, shape: [2 ** 52, 2 ** 52] } }, "RangeError", /more elements than can be addressed/],
    [
      { a: { ...valid, data_offsets: [0, 16], shape: [4] } },
      "RangeError",
      /from byte 0 to 16, expected them within the 8/,
    ],
    [{ a: { ...valid, data_offsets: [8, 0] } }, "RangeError", /from byte 8 to 0/],
    [{ a: { ...valid, data_offsets: [-8, 0] } }, "RangeError", /from byte -8 to 0/],
  ];
  for (const [header, name, message] of cases) {
    await assertRefused(joinSafetensors(header, new Uint8Array(8)), name, message);
  }
});

Deno.test("openSafetensors() refuses overlaps, gaps, trailing bytes and names given twice", async () => {
  const sixteen = new Uint8Array(16);
  const at = (start: number) => ({ ...valid, data_offsets: [start, start + 8] });
  await assertRefused(
    joinSafetensors({ a: at(0), b: at(4) }, new Uint8Array(12)),
    "RangeError",
    /b of .*: its data begin at byte 4, expected 8/,
  );
  await assertRefused(
    joinSafetensors({ a: at(0), b: at(0) }, new Uint8Array(8)),
    "RangeError",
    /its data begin at byte 0, expected 8/,
  );
  await assertRefused(
    joinSafetensors({ a: at(8) }, sixteen),
    "RangeError",
    /its data begin at byte 8, expected 0/,
  );
  await assertRefused(
    joinSafetensors({ a: at(0) }, sixteen),
    "RangeError",
    /expected the end of the file at/,
  );
  const twice = `{"a":${JSON.stringify(at(0))},"a":${JSON.stringify(at(8))}}`;
  await assertRefused(joinSafetensors(twice, sixteen), "RangeError", /its data begin at byte 8, expected 0/);
});

async function writeShards(folder: string, map: Record<string, unknown>): Promise<string> {
  await Deno.writeFile(
    join(folder, "one.safetensors"),
    encodeSafetensors({ a: floatTensor([1], [1]), b: floatTensor([2], [2, 3]) }),
  );
  await Deno.writeFile(
    join(folder, "two.safetensors"),
    encodeSafetensors({ c: floatTensor([], [4]) }, { format: "pt" }),
  );
  const path = join(folder, "model.safetensors.index.json");
  await Deno.writeTextFile(path, JSON.stringify({ metadata: { total_size: 16 }, weight_map: map }, null, 2));
  return path;
}

Deno.test("openSafetensors() reads the shards of an index like one file", () =>
  withTemporaryFolder(async (folder) => {
    const path = await writeShards(folder, {
      c: "two.safetensors",
      a: "one.safetensors",
      b: "one.safetensors",
    });
    await using file = await openSafetensors(path);
    assert.deepEqual([...file.tensors.keys()].sort(), ["a", "b", "c"]);
    assert.deepEqual([...await file.read("a"), ...await file.read("b"), ...await file.read("c")], [
      1,
      2,
      3,
      4,
    ]);
    assert.deepEqual([...file.metadata], [["format", "pt"]]);
    await file.close();
    await assert.rejects(file.read("c"), /it is closed/);
  }));

Deno.test("openSafetensors() refuses an index that disagrees with its shards", () =>
  withTemporaryFolder(async (folder) => {
    const path = await writeShards(folder, { a: "one.safetensors", c: "one.safetensors" });
    await assert.rejects(openSafetensors(path), {
      name: "TypeError",
      message:
        `Cannot use shard ${
          join(folder, "one.safetensors")
        }: 1 tensors missing, 1 surplus of the 2 that the ` +
        `index names for it\n  missing c\n  surplus b`,
    });
  }));

Deno.test("openSafetensors() refuses shards outside the index's folder, or that do not exist", () =>
  withTemporaryFolder(async (folder) => {
    const inside = join(folder, "inside");
    await Deno.mkdir(inside);
    await Deno.writeFile(join(folder, "secret.safetensors"), encodeSafetensors({ a: floatTensor([1], [1]) }));
    await Deno.symlink(join(folder, "secret.safetensors"), join(inside, "link.safetensors"));
    for (
      const location of [
        "../secret.safetensors",
        join(folder, "secret.safetensors"),
        "link.safetensors",
        "",
        "..",
      ]
    ) {
      const path = await writeShards(inside, { a: location });
      await assert.rejects(openSafetensors(path), /^RangeError: Cannot follow the shard of /, location);
    }
    await assert.rejects(openSafetensors(await writeShards(inside, { a: "no.safetensors" })), /no such file/);
  }));

Deno.test("openSafetensors() refuses JSON that is no index", () =>
  withTemporaryFolder(async (folder) => {
    const path = join(folder, "model.safetensors.index.json");
    for (
      const text of [
        `{"weight_map": `,
        `{"hidden_size": 768}`,
        `{"weight_map": ["a"]}`,
        `{"weight_map": {"a": 5}}`,
        `{"weight_map": {}}`,
      ]
    ) {
      await Deno.writeTextFile(path, text);
      await assert.rejects(
        openSafetensors(path),
        /^SyntaxError: Cannot read index .*expected \{"weight_map": \{tensor: file\}\}$/,
      );
    }
  }));
