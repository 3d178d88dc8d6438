import assert from "node:assert/strict";
import proto from "onnx-proto";
import { detachWeights } from "../../../bench/peers/detached_weights.ts";
import { openWeights } from "../../../estimation/weights_file.ts";
import { writeOnnx } from "../../../weights/onnx_writer.ts";
import { temporaryFolder, writeSmallWeights } from "../../estimation/small_weights.ts";

Deno.test("detachWeights() points every initializer at its own values", async () => {
  await using folder = await temporaryFolder();
  const path = `${folder.path}/small.onnx`;
  await writeSmallWeights(path);
  const { model, data, location } = await detachWeights(path);
  await using weights = await openWeights(path);
  const { graph } = proto.onnx.ModelProto.decode(model);
  let external = 0;
  for (const { name, rawData, externalData } of graph!.initializer!) {
    const expected = await weights.read(name!);
    const fields = Object.fromEntries(externalData!.map(({ key, value }) => [key, value]));
    if (externalData!.length > 0) {
      external++;
      assert.equal(fields.location, location);
    }
    const bytes = externalData!.length > 0
      ? data.slice(Number(fields.offset), Number(fields.offset) + Number(fields.length))
      : Uint8Array.from(rawData!);
    assert.deepEqual(new Float32Array(bytes.buffer), expected, name!);
  }
  assert.ok(external > 0 && external < graph!.initializer!.length);
  assert.ok(model.length < data.length / 2);
});

Deno.test("detachWeights() refuses tensors that lie in another file", async () => {
  await using folder = await temporaryFolder();
  const path = `${folder.path}/external.onnx`;
  await writeOnnx(path, {
    name: "external",
    nodes: [],
    inputs: [],
    outputs: [{ name: "w" }],
    opsets: new Map([["", 17]]),
    irVersion: 8,
    producer: { name: "", version: "" },
    metadata: new Map(),
    tensors: [{
      name: "w",
      shape: [1024],
      dataType: "float32",
      read: () => Promise.resolve(new Float32Array(1024)),
    }],
  }, { external: true });
  await assert.rejects(detachWeights(path), {
    name: "TypeError",
    message: /tensor w of .*external\.onnx: 0 pieces of data, expected one raw piece/,
  });
});
