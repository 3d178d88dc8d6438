/**
 * `LAPose.estimate()` on WebGPU: against crop, forward and decode done one by one in TypeScript (each of which its own
 * tests compare with Hugging Face), and the properties that no batching may break.
 */
import assert from "node:assert/strict";
import { type Box, type EstimateRequest, type Frame, LAPose, type Pose } from "@lapose/lapose";
import { cropPixels } from "../../people/crop.ts";
import { cropTransform } from "../../people/crop_geometry.ts";
import { decodeHeatmaps, type DecodeMode } from "../../people/decode.ts";
import { tinyVocabulary } from "../../text/tiny_vocabulary.ts";
import { createTokenizer } from "../../text/tokenizer.ts";
import { blockFrame, temporaryFolder, writeSmallWeights } from "./small_weights.ts";

const image = { height: 64, width: 48 };
const description = "a woman throws a ball";
const frames = [1, 2, 3].map((seed) => blockFrame(96, 80, seed));
const people: Box[] = [
  [10, 12, 30, 50],
  [50.25, 8.5, 28.5, 61],
  [-12, -20, 60, 70],
  [70, 40, 60, 60],
  [0, 0, 96, 80],
  [33, 30, 9, 7],
  [20, 5, 11, 70],
];

async function withSmallModel(use: (model: LAPose) => Promise<void>): Promise<void> {
  await using folder = await temporaryFolder();
  const path = `${folder.path}/small.onnx`;
  await writeSmallWeights(path);
  await using model = await LAPose.load(path, { device: "webgpu" });
  await use(model);
}

/** Bounds of positions in pixels and of scores. */
const againstReference = { pixels: 0.01, score: 1e-4 };
const againstItself = { pixels: 1e-3, score: 1e-5 };

function assertPoses(
  actual: readonly Pose[],
  expected: readonly Pose[],
  bound: { pixels: number; score: number } = againstItself,
): void {
  assert.equal(actual.length, expected.length, "number of poses");
  for (const [p, pose] of actual.entries()) {
    assert.deepEqual(pose.box, expected[p].box, `box of pose ${p}`);
    assert.equal(pose.keypoints.length, expected[p].keypoints.length, `joints of pose ${p}`);
    for (const [k, { x, y, score }] of pose.keypoints.entries()) {
      const wanted = expected[p].keypoints[k];
      const error = Math.max(Math.abs(x - wanted.x), Math.abs(y - wanted.y));
      assert.ok(
        error <= bound.pixels,
        `pose ${p}, joint ${k}: (${x}, ${y}), expected (${wanted.x}, ${wanted.y}) within ${bound.pixels}`,
      );
      assert.ok(Math.abs(score - wanted.score) <= bound.score, `score ${score}, expected ${wanted.score}`);
    }
  }
}

/** Largest distance between two estimates of the same people, in pixels. */
function distance(a: readonly Pose[], b: readonly Pose[]): number {
  return Math.max(
    ...a.flatMap(({ keypoints }, p) =>
      keypoints.map(({ x, y }, k) => Math.hypot(x - b[p].keypoints[k].x, y - b[p].keypoints[k].y))
    ),
  );
}

interface ReferenceOptions {
  window: readonly Frame[];
  boxes: readonly Box[];
  mode?: DecodeMode;
  text?: string;
  flip?: boolean;
}

/** The same poses, person by person: crops, raw forward pass and decoding. */
async function reference(model: LAPose, options: ReferenceOptions): Promise<Pose[]> {
  const { window, boxes, mode = "dark", text, flip = false } = options;
  const poses: Pose[] = [];
  for (const box of boxes) {
    const transform = cropTransform(box, image);
    const plane = 3 * image.height * image.width;
    const pixels = new Float32Array(window.length * plane);
    for (const [f, frame] of window.entries()) {
      cropPixels(frame, transform, { ...image, target: pixels.subarray(f * plane, (f + 1) * plane) });
    }
    const row = text === undefined
      ? undefined
      : createTokenizer(tinyVocabulary).encode(text, { maxTokens: 32 });
    const tokens = row ? { inputIds: row.inputIds, attentionMask: row.attentionMask } : {};
    const { heatmaps } = await model.forward({ pixels, ...tokens });
    if (flip) {
      const [, K, height, width] = heatmaps.shape;
      const mirrored = (at: number, extent: number) => at - at % extent + extent - 1 - at % extent;
      const turned = pixels.map((_, i) => pixels[mirrored(i, image.width)]);
      const other = (await model.forward({ pixels: turned, ...tokens })).heatmaps.data;
      const partner = Array.from({ length: K }, (_, k) => k);
      for (const [a, b] of model.keypoints.flipPairs) [partner[a], partner[b]] = [b, a];
      heatmaps.data.forEach((value, i) => {
        const k = Math.floor(i / (height * width));
        const at = partner[k] * height * width + i % (height * width);
        heatmaps.data[i] = (value + other[mirrored(at, width)]) / 2;
      });
    }
    const [keypoints] = decodeHeatmaps(heatmaps, [transform], { mode });
    const { width, height } = window[1];
    const inside = (value: number, extent: number) => Math.min(Math.max(value, 0), extent - 1);
    const clamped = keypoints.map(({ x, y, score }) => ({
      x: inside(x, width),
      y: inside(y, height),
      score,
    }));
    poses.push({ keypoints: clamped, box, score: 0 });
  }
  return poses;
}

for (const mode of ["dark", "quarter", "argmax"] as const) {
  Deno.test(`LAPose.estimate() with decode ${mode} equals crop, forward and decode`, async () => {
    await withSmallModel(async (model) => {
      const boxes = people.slice(0, 4);
      const poses = await model.estimate({ frames, boxes, decode: mode });
      assertPoses(poses, await reference(model, { window: frames, boxes, mode }), againstReference);
    });
  });
}

Deno.test("LAPose.estimate() decodes with DARK unless told otherwise", async () => {
  await withSmallModel(async (model) => {
    const request = { frames, boxes: people };
    const poses = await model.estimate(request);
    assert.equal(distance(poses, await model.estimate({ ...request, decode: "dark" })), 0);
    assert.ok(distance(poses, await model.estimate({ ...request, decode: "argmax" })) > 0.1);
  });
});

Deno.test("LAPose.estimate() reads the description", async () => {
  await withSmallModel(async (model) => {
    const boxes = people.slice(0, 2);
    const poses = await model.estimate({ frames, boxes, description });
    assertPoses(
      poses,
      await reference(model, { window: frames, boxes, text: description }),
      againstReference,
    );
    assert.ok(distance(poses, await model.estimate({ frames, boxes })) > 0.1, "text moves joints");
    const empty = await model.estimate({ frames, boxes, description: "" });
    assertPoses(empty, await reference(model, { window: frames, boxes, text: "" }), againstReference);
  });
});

Deno.test("LAPose.estimate() of a text of 10,000 words reads its beginning", async () => {
  await withSmallModel(async (model) => {
    const words = Array.from({ length: 10_000 }, (_, i) => i < 40 ? "ball" : "jumps").join(" ");
    const boxes = people.slice(0, 1);
    assert.equal(model.tokenize(words)?.truncated[0], true);
    assert.deepEqual(model.tokenize(words)?.shape, [1, 32]);
    const poses = await model.estimate({ frames, boxes, description: words });
    const beginning = await model.estimate({ frames, boxes, description: "ball ".repeat(40) });
    assertPoses(poses, beginning);
  });
});

Deno.test("LAPose.estimate() of one frame equals that of the frame three times", async () => {
  await withSmallModel(async (model) => {
    const boxes = people.slice(0, 3);
    const one = await model.estimate({ frames: [frames[1]], boxes, description });
    const copies = [frames[1], frames[1], frames[1]].map((frame) => ({ ...frame, data: frame.data.slice() }));
    assertPoses(one, await model.estimate({ frames: copies, boxes, description }));
    const moving = await model.estimate({ frames, boxes, description });
    assert.ok(distance(one, moving) > 0.1, "neighbours in time move joints");
    const backwards = await model.estimate({ frames: frames.toReversed(), boxes, description });
    assert.ok(distance(moving, backwards) > 0.1, "their order matters");
  });
});

Deno.test("LAPose.estimate() of seven people equals one by one, in the order of their boxes", async () => {
  await withSmallModel(async (model) => {
    const together = await model.estimate({ frames, boxes: people, description });
    const single: Pose[] = [];
    for (const box of people) single.push(...await model.estimate({ frames, boxes: [box], description }));
    assertPoses(together, single);
    const reversed = await model.estimate({ frames, boxes: people.toReversed(), description });
    assertPoses(reversed.toReversed(), single);
    assert.deepEqual(await model.estimate({ frames, boxes: [], description }), []);
  });
});

Deno.test("LAPose.estimateWindows() batches frames of several sizes", async () => {
  await withSmallModel(async (model) => {
    const sizes = [[96, 80], [41, 120], [7, 5], [130, 33]];
    const windows = sizes.map(([width, height], i) => {
      const all = [1, 2, 3].map((seed) => blockFrame(width, height, seed + 10 * i));
      const boxes: Box[] = [[1, 1, width - 3, height - 2], [width / 3, 0, 3, height]];
      return { frames: all, boxes: i === 2 ? [] : boxes };
    });
    const poses = await model.estimateWindows(windows, { description });
    assert.deepEqual(poses.map(({ length }) => length), [2, 2, 0, 2]);
    for (const [i, { frames, boxes }] of windows.entries()) {
      assertPoses(
        poses[i],
        await reference(model, { window: frames, boxes, text: description }),
        againstReference,
      );
    }
  });
});

Deno.test("LAPose.estimateWindows() gives each person the description of its own, or that of all, or none", async () => {
  await withSmallModel(async (model) => {
    const boxes = people.slice(0, 4);
    const other = "the man in the red shirt on the left kicks a ball with the right foot and jumps";
    const texts = [other, undefined, description, other];
    const windows = [{ frames, boxes, descriptions: texts }, { frames, boxes: boxes.slice(0, 1) }];
    /** Each person alone, by the way that one description for all takes. */
    const alone = async (told: readonly (string | undefined)[]) => {
      const poses: Pose[] = [];
      for (const [i, box] of boxes.entries()) {
        poses.push(...await model.estimate({ frames, boxes: [box], description: told[i] }));
      }
      return poses;
    };
    const [own, bare] = await model.estimateWindows(windows);
    const expected = await alone(texts);
    assertPoses(own, expected);
    assertPoses(bare, await model.estimate({ frames, boxes: boxes.slice(0, 1) }));
    for (const [a, b] of [[0, 2], [0, 1], [2, 1]]) { // so that an exchange of texts would be seen
      const exchanged = await alone(texts.with(a, texts[b]).with(b, texts[a]));
      assert.ok(distance([expected[a]], [exchanged[a]]) > 0.1, `text ${a} is not text ${b}`);
    }
    const [filled, all] = await model.estimateWindows(windows, { description: "a dog" });
    assertPoses(filled, await alone(texts.with(1, "a dog")));
    assertPoses(all, await model.estimate({ frames, boxes: boxes.slice(0, 1), description: "a dog" }));
    const explained = (await model.estimateWindows(windows, { explain: true }))[0];
    assert.deepEqual(
      explained.map(({ explanation }) => explanation?.tokens),
      texts.map((text) => text === undefined ? undefined : model.tokenize(text)!.tokens[0]),
    );
  });
});

Deno.test("LAPose.estimateWindows() refuses descriptions that do not go with the boxes", async () => {
  await withSmallModel(async (model) => {
    const boxes = people.slice(0, 2);
    await assert.rejects(
      model.estimateWindows([{ frames, boxes, descriptions: ["a dog"] }]),
      /^TypeError: Cannot estimate poses: 1 descriptions in window 0, expected 2, one per box$/,
    );
    await assert.rejects(
      model.estimateWindows([{ frames, boxes, descriptions: ["a dog", 3 as unknown as string] }]),
      /^TypeError: Cannot estimate poses: description 1 of window 0 is a number, expected a text$/,
    );
  });
});

Deno.test("LAPose.estimate() gives every pose the mean score of its joints, all inside the frame", async () => {
  await withSmallModel(async (model) => {
    const boxes: Box[] = [[-40, -40, 50, 50], [90, 70, 400, 400]];
    for (const { keypoints, score, box } of await model.estimate({ frames, boxes })) {
      const mean = keypoints.reduce((sum, keypoint) => sum + keypoint.score, 0) / 15;
      assert.ok(Math.abs(score - mean) <= 1e-6);
      assert.ok(boxes.includes(box));
      for (const { x, y } of keypoints) assert.ok(x >= 0 && x <= 95 && y >= 0 && y <= 79, `(${x}, ${y})`);
    }
  });
});

Deno.test("LAPose.estimate() with flipTest averages with the mirrored crop", async () => {
  await withSmallModel(async (model) => {
    const boxes = people.slice(0, 3);
    const mode = "quarter";
    const flipped = await model.estimate({ frames, boxes, description, flipTest: true, decode: mode });
    const expected = await reference(model, { window: frames, boxes, text: description, mode, flip: true });
    assertPoses(flipped, expected, againstReference);
  });
});

Deno.test("LAPose.estimate() with flipTest mirrors the joints of a mirror-symmetric person", async () => {
  await withSmallModel(async (model) => {
    const [width, height] = [91, 70];
    const half = blockFrame(width, height, 4);
    const data = half.data.map((_, i) => {
      const [y, x] = [Math.floor(i / 4 / width), Math.floor(i / 4) % width];
      return half.data[4 * (y * width + Math.min(x, width - 1 - x)) + i % 4];
    });
    const axis = (width - 1) / 2;
    const request: EstimateRequest = {
      frames: [{ width, height, data }],
      boxes: [[axis - 20, 10, 40, 50]],
      decode: "quarter", // DARK looks at two of four diagonal neighbours, which is not symmetric
    };
    const asymmetry = ([{ keypoints }]: Pose[]) =>
      Math.max(
        ...model.keypoints.flipPairs.map(([left, right]) => {
          const [a, b] = [keypoints[left], keypoints[right]];
          return Math.max(Math.abs(a.x + b.x - 2 * axis), Math.abs(a.y - b.y), Math.abs(a.score - b.score));
        }),
      );
    const symmetric = asymmetry(await model.estimate({ ...request, flipTest: true }));
    assert.ok(symmetric <= 1e-3, `off by ${symmetric}`);
    assert.ok(asymmetry(await model.estimate(request)) > 1, "random weights alone are not symmetric");
  });
});

Deno.test("LAPose.estimate() runs calls that overlap one after the other", async () => {
  await withSmallModel(async (model) => {
    const calls = people.map((box) => model.estimate({ frames, boxes: [box] }));
    const poses = (await Promise.all(calls)).flat();
    assertPoses(poses, await model.estimate({ frames, boxes: people }));
  });
});

Deno.test("LAPose.estimateWindows() poses all people of a keyframe in one batch, whatever is said about each: one submit", () =>
  withSmallModel(async (model) => {
    const request = [{
      frames,
      boxes: people,
      descriptions: people.map((_, i) => `${description} ${i % 3}`),
    }];
    await model.estimateWindows(request); // loads weights and makes the plan, which submit too
    const submit = GPUQueue.prototype.submit;
    let submits = 0;
    GPUQueue.prototype.submit = function (...buffers) {
      submits++;
      return submit.apply(this, buffers);
    };
    try {
      assert.equal((await model.estimateWindows(request))[0].length, people.length);
    } finally {
      GPUQueue.prototype.submit = submit;
    }
    assert.equal(submits, 1);
  }));
