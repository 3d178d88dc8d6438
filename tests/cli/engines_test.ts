/** Both engines on the same frames, through the command line: WebGPU against onnxruntime. */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { encodeImage } from "../../people/overlay.ts";
import { uniform } from "../support/random.ts";
import { parsePoses } from "./poses_form.ts";
import { frameSize, type Workplace, workplace } from "./run_cli.ts";

const drawn = 4;
const noisy = 4;

/** What no blend of two pixels is sure of: each byte at random. */
async function writeNoise(path: string, seed: number): Promise<void> {
  const next = uniform(seed);
  const data = new Uint8ClampedArray(4 * frameSize.width * frameSize.height);
  for (let i = 0; i < data.length; i++) data[i] = i % 4 === 3 ? 255 : Math.floor(256 * next());
  await Deno.writeFile(path, await encodeImage({ ...frameSize, data }));
}

/** Poses a clip on both devices and asserts that all numbers agree to 0.01 px. */
async function assertSamePoses(
  place: Workplace,
  { clip, people, options }: { clip: string; people: number; options: readonly string[] },
): Promise<void> {
  const poseOn = async (device: string) => {
    const fixed = [
      "--boxes",
      "boxes.json",
      "--weights",
      "small.onnx",
      "--json",
      "--quiet",
      "--device",
      device,
    ];
    const { status, stdout, stderr } = await place.run("pose", clip, ...fixed, ...options);
    assert.equal(status, 0, stderr);
    const document = parsePoses(stdout);
    assert.ok(String(document.info.device).startsWith(device));
    return document.annotations;
  };
  const [webgpu, cpu] = [await poseOn("webgpu"), await poseOn("cpu")];
  assert.equal(webgpu.length, people);
  assert.equal(cpu.length, people);
  for (const [p, { keypoints, bbox, image_id, track_id }] of webgpu.entries()) {
    assert.deepEqual({ bbox, image_id, track_id }, {
      bbox: cpu[p].bbox,
      image_id: cpu[p].image_id,
      track_id: cpu[p].track_id,
    });
    for (const [i, value] of keypoints.entries()) {
      const error = Math.abs(value - cpu[p].keypoints[i]);
      assert.ok(
        error <= 0.01,
        `pose ${p}, value ${i}: ${value} on webgpu, ${cpu[p].keypoints[i]} on the CPU`,
      );
    }
  }
}

const boxes = Array.from({ length: drawn + noisy }, (_, i) => [
  { file_name: `${i}.png`, bbox: [4 + 2 * i, 8, 31, 60], score: 0.9 },
  { file_name: `${i}.png`, bbox: [50.5, -3, 28, 70.25], score: 0.8 },
  { file_name: `${i}.png`, bbox: [20, 30, 70, 20], score: 0.7 },
]).flat();

const cases: readonly (readonly [string, readonly string[]])[] = [
  ["with a description", ["--text", "two men run"]],
  ["without a description", []],
  ["with the flip test", ["--text", "two men run", "--flip-test"]],
  ["with the quarter shift", ["--text", "two men run", "--decode", "quarter"]],
  ["with the peak alone", ["--decode", "argmax"]],
];

for (const [what, options] of cases) {
  Deno.test(`pose ${what}: webgpu and cpu agree to 0.01 px on drawn frames and on noise`, async () => {
    await using place = await workplace({ frames: drawn });
    for (let i = drawn; i < drawn + noisy; i++) await writeNoise(`${place.path}/clip/${i}.png`, i);
    await Deno.writeTextFile(`${place.path}/boxes.json`, JSON.stringify(boxes));
    await assertSamePoses(place, { clip: "clip", people: boxes.length, options });
  });
}

const realClip = fileURLToPath(
  new URL("../../../shared/data/posetrack18/videos/000001_mpiinew_test", import.meta.url),
);
const realFrames = ["000000.jpg", "000001.jpg", "000002.jpg", "000003.jpg", "000004.jpg"];

Deno.test({
  name: "pose with the flip test: webgpu and cpu agree to 0.01 px on photographs",
  ignore: !await Deno.stat(`${realClip}/000000.jpg`).then(() => true, () => false),
  async fn() {
    await using place = await workplace();
    await Deno.mkdir(`${place.path}/clip`);
    for (const name of realFrames) await Deno.copyFile(`${realClip}/${name}`, `${place.path}/clip/${name}`);
    const real = realFrames.flatMap((file_name, i) => [
      { file_name, bbox: [400 + 5 * i, 200, 260, 380], score: 0.9 },
      { file_name, bbox: [800, 150, 180, 420], score: 0.8 },
    ]);
    await Deno.writeTextFile(`${place.path}/boxes.json`, JSON.stringify(real));
    const options = ["--text", "two men run", "--flip-test"];
    await assertSamePoses(place, { clip: "clip", people: real.length, options });
  },
});
