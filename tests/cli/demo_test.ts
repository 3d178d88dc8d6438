/** `demo`: the shipped clip, with nothing of the user's. */
import assert from "node:assert/strict";
import { ImageDecoder } from "../../people/image_decoder.ts";
import { parsePoses, peoplePerImage } from "./poses_form.ts";
import { entriesOf, workplace } from "./run_cli.ts";

for (const device of ["webgpu", "cpu"]) {
  Deno.test(`demo on ${device} poses two people in all 14 frames and says where to look`, async () => {
    await using place = await workplace();
    const { status, stdout, stderr } = await place.run("demo", "--device", device);
    assert.equal(status, 0, stderr);
    assert.match(stdout, new RegExp(`^28 poses in 14 frames, [\\d.]+ frames/s on ${device} `));
    assert.match(stdout, /^Results: lapose-demo\/poses\.json$/m);
    assert.match(stdout, /^Pictures: lapose-demo\/overlays$/m);
    assert.match(stderr, /^note: no trained weights ship yet: .+ its poses mean nothing$/m);
    const document = parsePoses(await Deno.readTextFile(`${place.path}/lapose-demo/poses.json`));
    assert.deepEqual(peoplePerImage(document), new Array(14).fill(2));
    assert.equal(typeof document.info.description, "string");
    const pictures = (await entriesOf(`${place.path}/lapose-demo`)).filter((entry) => entry.endsWith(".png"));
    assert.equal(pictures.length, 14);
    const last = await Deno.readFile(`${place.path}/lapose-demo/${pictures[13]}`);
    assert.equal((await new ImageDecoder().decode(last, "last")).width, 480);
    assert.deepEqual(
      (await entriesOf(place.path)).filter((entry) => !entry.startsWith("lapose-demo")),
      ["small.onnx"],
    );
  });
}

Deno.test("demo --quiet prints nothing on standard error", async () => {
  await using place = await workplace();
  const { status, stderr } = await place.run("demo", "--device", "cpu", "--out", "here", "--quiet");
  assert.equal(status, 0);
  assert.equal(stderr, "");
});
