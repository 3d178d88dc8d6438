/** Loading, closing and refusing: what `LAPose` says when it cannot do what it is asked. */
import assert from "node:assert/strict";
import {
  ClosedError,
  type EstimateRequest,
  GpuUnavailableError,
  LAPose,
  type LoadOptions,
} from "@lapose/lapose";
import { livelyValues, temporaryFolder, waveFrame, writeSmallWeights } from "./small_weights.ts";

const frame = waveFrame(60, 50, 1);
const good: EstimateRequest = { frames: [frame, frame, frame], boxes: [[10, 10, 20, 30]] };

async function withSmallModel(use: (model: LAPose, path: string) => Promise<void>): Promise<void> {
  await using folder = await temporaryFolder();
  const path = `${folder.path}/small.onnx`;
  await writeSmallWeights(path);
  await using model = await LAPose.load(path, { device: "webgpu" });
  await use(model, path);
}

for (const device of ["webgpu", "cpu"] as const) {
  Deno.test(`LAPose.close() on ${device} makes everything throw ClosedError`, async () => {
    await using folder = await temporaryFolder();
    const path = `${folder.path}/small.onnx`;
    await writeSmallWeights(path);
    const model = await LAPose.load(path, { device });
    assert.equal((await model.estimate(good)).length, 1);
    await model.close();
    await model.close();
    await assert.rejects(model.estimate(good), ClosedError);
    await assert.rejects(model.estimateWindows([]), ClosedError);
    await assert.rejects(model.forward({ pixels: new Float32Array(3 * 3 * 64 * 48) }), ClosedError);
    assert.throws(() => model.video("nowhere", { boxes: "full" }), ClosedError);
    assert.throws(() => model.tokenize("a ball"), ClosedError);
  });

  Deno.test(`LAPose.close() on ${device} ends a call that is under way, or lets it finish`, async () => {
    await using folder = await temporaryFolder();
    const path = `${folder.path}/small.onnx`;
    await writeSmallWeights(path);
    const model = await LAPose.load(path, { device });
    await model.estimate(good);
    const boxes = Array.from({ length: 40 }, () => good.boxes[0]);
    const pending = model.estimate({ ...good, boxes }).then(({ length }) => length, (error) => error);
    await model.close();
    const outcome = await pending;
    assert.ok(outcome === 40 || outcome instanceof ClosedError, String(outcome));
  });
}

Deno.test("LAPose leaves its `await using` scope closed", async () => {
  await withSmallModel(async (_, path) => {
    let kept: LAPose;
    {
      await using model = await LAPose.load(path, { device: "webgpu" });
      kept = model;
    }
    await assert.rejects(kept.estimate(good), ClosedError);
  });
});

Deno.test("LAPose.video() of a closed model ends with ClosedError", async () => {
  await withSmallModel(async (model, path) => {
    const other = await LAPose.load(path, { device: "webgpu" });
    const image = new URL("../../demo/clip/000000.jpg", import.meta.url).pathname;
    const clip = other.video(image, { boxes: "full" });
    await other.close();
    await assert.rejects(clip.next(), ClosedError);
    assert.equal((await model.estimate(good)).length, 1, "the other model is not touched");
  });
});

Deno.test("LAPose.load() tells what it found", async () => {
  await withSmallModel((model) => {
    assert.equal(model.provenance, "random, for tests");
    assert.equal(model.keypoints.name, "posetrack15");
    assert.equal(model.config.vision.width, 32);
    assert.match(model.device, /^webgpu \(.+\)$/);
    assert.ok(model.batchSize >= 1);
    return Promise.resolve();
  });
});

Deno.test("LAPose.load() tells its progress while weights are read, up to the end", async () => {
  await withSmallModel(async (_, path) => {
    for (const device of ["webgpu", "cpu"] as const) {
      const seen: [number, number][] = [];
      const onProgress = (done: number, total: number) => void seen.push([done, total]);
      await using model = await LAPose.load(path, { device, onProgress });
      await model.estimate({ ...good, description: "a ball" });
      assert.ok(seen.length > 10, device);
      assert.ok(
        seen.every(([done, total], i) => done <= total && (i === 0 || done >= seen[i - 1][0])),
        device,
      );
      assert.equal(seen.at(-1)![0], seen.at(-1)![1], device);
    }
  });
});

const loadOptions: readonly [string, unknown, RegExp][] = [
  ["another device", { device: "nonsense" }, /device "nonsense", expected auto, webgpu or cpu/],
  ["a device of another kind", { device: 3 }, /device "3", expected auto, webgpu or cpu/],
];

for (const [what, options, message] of loadOptions) {
  Deno.test(`LAPose.load() refuses ${what}`, async () => {
    await using folder = await temporaryFolder();
    const path = `${folder.path}/small.onnx`;
    await writeSmallWeights(path);
    await assert.rejects(LAPose.load(path, options as LoadOptions), (error: Error) => {
      assert.ok(error instanceof TypeError);
      assert.match(error.message, message);
      return true;
    });
  });
}

Deno.test("LAPose.load() refuses WebGPU without an adapter, and says what to do", async () => {
  await using folder = await temporaryFolder();
  const path = `${folder.path}/small.onnx`;
  await writeSmallWeights(path);
  const gpu = { requestAdapter: () => Promise.resolve(null) } as unknown as GPU;
  await assert.rejects(LAPose.load(path, { device: "webgpu", gpu }), (error: Error) => {
    assert.ok(error instanceof GpuUnavailableError);
    assert.match(
      error.message,
      /no adapter found; install a Vulkan driver .* or run on the CPU with --device cpu/,
    );
    return true;
  });
  await using model = await LAPose.load(path, { device: "auto", gpu });
  assert.match(model.device, /^cpu/);
});

Deno.test("LAPose.load() tells of a file that is not there how to make one", async () => {
  await assert.rejects(
    LAPose.load("nowhere/lapose.onnx"),
    /^Error: Cannot open weights nowhere\/lapose\.onnx: the file does not exist; make one with `lapose convert`/,
  );
});

for (const device of ["webgpu", "cpu"] as const) {
  Deno.test(`LAPose.estimate() on ${device} refuses weights that are not finite, by name and index`, async () => {
    await using folder = await temporaryFolder();
    const path = `${folder.path}/nan.onnx`;
    const poisoned = "vision.blocks.1.mlp.fc1.weight";
    await writeSmallWeights(path, {
      values: (name, shape) => {
        const values = livelyValues(name, shape);
        if (name === poisoned) values[32 * 5 + 7] = NaN;
        return values;
      },
    });
    await using model = await LAPose.load(path, { device });
    for (let i = 0; i < 2; i++) {
      await assert.rejects(model.estimate({ ...good, description: "a ball" }), (error: Error) => {
        assert.ok(error instanceof RangeError);
        assert.ok(
          error.message.includes(`Cannot use tensor ${poisoned} of ${path}: NaN at [5, 7]`),
          error.message,
        );
        return true;
      });
    }
    await assert.rejects(model.estimate(good), RangeError, "the visual-only path as well");
  });
}

const bytes = frame.data;
const requests: readonly [string, object, RegExp][] = [
  ["two frames", { frames: [frame, frame] }, /2 frames, expected 1 or 3/],
  ["no frames", { frames: [] }, /0 frames, expected 1 or 3/],
  ["frames that are no list", { frames: frame }, /frames, expected 1 or 3/],
  [
    "a frame without pixels",
    { frames: [{ width: 60, height: 50 }] },
    /frame 0 of window 0: found no RGBA bytes/,
  ],
  [
    "RGB bytes",
    { frames: [{ width: 60, height: 50, data: bytes.slice(0, 9000) }] },
    /9000 bytes, expected 12000/,
  ],
  ["a size of half pixels", { frames: [{ width: 59.5, height: 50, data: bytes }] }, /found size 59.5×50/],
  ["a null frame", { frames: [frame, null, frame] }, /frame 1 of window 0: found no RGBA bytes/],
  ["boxes that are no list", { boxes: "boxes.json" }, /boxes is boxes\.json, expected an array/],
  ["no boxes", { boxes: undefined }, /boxes is undefined, expected an array/],
  [
    "a box of three numbers",
    { boxes: [[1, 2, 3]] },
    /box 0 of window 0: found \[1,2,3\], expected \[x, y, width/,
  ],
  ["NaN in a box", { boxes: [good.boxes[0], [1, NaN, 9, 9]] }, /box 1 of window 0: found \[1, NaN, 9, 9\]/],
  ["an infinite box", { boxes: [[0, 0, Infinity, 9]] }, /expected four finite numbers/],
  [
    "a box of negative size",
    { boxes: [[30, 30, -9, 9]] },
    /width -9 and height 9, expected both to be positive/,
  ],
  [
    "a box outside the frame",
    { boxes: [[60, 0, 9, 9]] },
    /wholly outside the frame, expected some of it within 60×50/,
  ],
  ["another way of decoding", { decode: "guess" }, /decode is "guess", expected dark, quarter, argmax/],
  ["a description of another kind", { description: 7 }, /found number, expected a string/],
];

Deno.test("LAPose.estimate() refuses what cannot be posed and goes on", async (t) => {
  await withSmallModel(async (model) => {
    for (const [what, change, message] of requests) {
      await t.step(what, async () => {
        const request = { ...good, ...change } as EstimateRequest;
        await assert.rejects(model.estimate(request), (error: Error) => {
          assert.match(error.message, message);
          assert.ok(error instanceof TypeError || error instanceof RangeError, error.name);
          return true;
        });
      });
    }
    await assert.rejects(
      model.estimateWindows([{ frames: [frame, frame, frame], boxes: [] }, {
        frames: [frame, frame],
        boxes: [],
      }]),
      /2 frames in window 1, expected 3/,
    );
    assert.equal((await model.estimate(good)).length, 1);
  });
});
