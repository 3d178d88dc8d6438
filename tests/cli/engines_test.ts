/** Both engines on the same frames, through the command line: WebGPU against onnxruntime. */
import assert from "node:assert/strict";
import { parsePoses } from "./poses_form.ts";
import { workplace } from "./run_cli.ts";

const boxes = [0, 1, 2, 3].flatMap((i) => [
  { file_name: `${i}.png`, bbox: [4 + 2 * i, 8, 31, 60], score: 0.9 },
  { file_name: `${i}.png`, bbox: [50.5, -3, 28, 70.25], score: 0.8 },
  { file_name: `${i}.png`, bbox: [20, 30, 70, 20], score: 0.7 },
]);

const cases: readonly (readonly [string, readonly string[]])[] = [
  ["with a description", ["--text", "two men run"]],
  ["without a description", []],
  ["with the flip test", ["--text", "two men run", "--flip-test"]],
  ["with the quarter shift", ["--text", "two men run", "--decode", "quarter"]],
  ["with the peak alone", ["--decode", "argmax"]],
];

for (const [what, options] of cases) {
  Deno.test(`pose ${what}: webgpu and cpu agree to 0.01 px`, async () => {
    await using place = await workplace({ frames: 4 });
    await Deno.writeTextFile(`${place.path}/boxes.json`, JSON.stringify(boxes));
    const poseOn = async (device: string) => {
      const args = [
        "--boxes",
        "boxes.json",
        "--weights",
        "small.onnx",
        "--json",
        "--quiet",
        "--device",
        device,
      ];
      const { status, stdout, stderr } = await place.run("pose", "clip", ...args, ...options);
      assert.equal(status, 0, stderr);
      const document = parsePoses(stdout);
      assert.ok(String(document.info.device).startsWith(device));
      return document.annotations;
    };
    const [webgpu, cpu] = [await poseOn("webgpu"), await poseOn("cpu")];
    assert.equal(webgpu.length, 12);
    assert.equal(cpu.length, 12);
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
  });
}
