/** The model as people use it: load, estimate, forward, video, close. */
import { ClosedError } from "../gpu/errors.ts";
import { frameCount, type LaposeConfig, patchGrid } from "../model/config.ts";
import type { Box } from "../people/box.ts";
import { boxFault } from "../people/box.ts";
import { cropTransform } from "../people/crop_geometry.ts";
import type { DecodeMode } from "../people/decode.ts";
import { checkFrame, type Frame } from "../people/frame.ts";
import type { KeypointSet } from "../people/keypoint_sets.ts";
import type { Keypoint, Pose } from "../people/pose.ts";
import type { Encoding } from "../text/tokenizer.ts";
import { chooseEngine, type DeviceChoice } from "./choose_engine.ts";
import type { BatchTransport, Engine, ForwardOutputs, PoseBatch, TokenBatch } from "./engine.ts";
import { checkForwardInputs, type ForwardInputs } from "./forward_inputs.ts";
import { type CroppedPerson, packBatches } from "./pack_batches.ts";
import type { EstimatedPose, PoseExplanation, PoseOptions, PoseWindow } from "./pose_window.ts";
import { type FramePoses, poseVideo, type VideoOptions } from "./video.ts";
import { openWeights, type WeightsFile } from "./weights_file.ts";

/** Options of {@linkcode LAPose.load}. */
export interface LoadOptions {
  /**
   * Where to run: `"webgpu"`, `"cpu"` (onnxruntime), or `"auto"`: WebGPU when there is a hardware adapter, the CPU
   * otherwise.
   *
   * @default "auto"
   */
  device?: DeviceChoice;
  /**
   * The WebGPU implementation, for example Dawn's from `npm:webgpu`.
   *
   * @default {navigator.gpu}
   */
  gpu?: GPU;
  /**
   * False leaves T_S, T_T and φ_ST out: the model then sees the keyframe alone (the paper's ablation).
   *
   * @default true
   */
  temporal?: boolean;
  /**
   * False leaves text encoder, adapter, CSI and transport out; descriptions are then ignored.
   *
   * @default true
   */
  language?: boolean;
  /**
   * How weights of matrix products and activations are kept in GPU memory: `"f16"` takes half of it. Sums stay in single
   * precision, so do the tokens that each layer adds to and the heatmaps; on adapters without `shader-f16` all
   * activations do. The CPU takes weights as the file has them.
   *
   * @default {"f32"}
   */
  dtype?: "f32" | "f16";
  /**
   * Whether kernels that compute the same are timed on the adapter at hand when a size is met for the first time, and
   * the fastest remembered in the user's cache folder (where reading and writing there is allowed).
   *
   * @default {true on hardware adapters}
   */
  tune?: boolean;
  /** Called while weights are read and packed, with the number done and the number in all. */
  onProgress?: (done: number, total: number) => void;
}

/** Input of {@linkcode LAPose.estimate}. */
export interface EstimateRequest extends PoseOptions {
  /** The 2ω+1 frames t−ω … t+ω in order of time, or the keyframe alone, which then stands in for its neighbours. */
  frames: readonly Frame[];
  /** People in the keyframe. */
  boxes: readonly Box[];
}

const decodeModes: readonly DecodeMode[] = ["dark", "quarter", "argmax"];

/** Text rows are padded to a multiple of this, so that few plans serve all descriptions. */
const tokenStep = 8;

/**
 * A loaded LAPose.
 *
 * @example
 * ```ts ignore
 * import { LAPose } from "@lapose/lapose";
 *
 * await using model = await LAPose.load("lapose.onnx", { device: "auto" });
 * for await (const frame of model.video("clip.mp4", { boxes: "boxes.json" })) console.log(frame.poses);
 * ```
 */
export class LAPose implements AsyncDisposable {
  /** The model's configuration. */
  readonly config: LaposeConfig;
  /** The keypoints it finds. */
  readonly keypoints: KeypointSet;
  /** Where the weights come from, for people. */
  readonly provenance: string;
  readonly #weights: WeightsFile;
  readonly #engine: Engine;
  #closed = false;

  private constructor(weights: WeightsFile, engine: Engine, config: LaposeConfig) {
    this.#weights = weights;
    this.#engine = engine;
    this.config = config;
    this.keypoints = weights.keypoints;
    this.provenance = weights.provenance;
  }

  /**
   * Opens a weights file and the device to run it.
   *
   * @param path The `.onnx` weights file.
   * @param options Device and parts of the model.
   * @returns The model; close it after use.
   * @throws {TypeError} When the file is no LAPose weights file, or its tensors do not fit its configuration.
   * @throws {GpuUnavailableError} When `device` is `"webgpu"` and there is no adapter.
   */
  static async load(path: string, options: LoadOptions = {}): Promise<LAPose> {
    const weights = await openWeights(path);
    try {
      const config = structuredClone(weights.config);
      config.language &&= options.language ?? true;
      config.temporal &&= options.temporal ?? true;
      const { dtype = "f32" } = options;
      if (dtype !== "f32" && dtype !== "f16") {
        throw new TypeError(`Cannot keep weights and activations as "${dtype}", expected f32 or f16`);
      }
      const engine = await chooseEngine(weights, { ...options, config });
      return new LAPose(weights, engine, config);
    } catch (error) {
      await weights.close();
      throw error;
    }
  }

  /** The device it runs on: kind and adapter, for people. */
  get device(): string {
    return `${this.#engine.kind} (${this.#engine.description})`;
  }

  /**
   * Finds the poses of the people in one keyframe.
   *
   * @param request Frames, boxes and description.
   * @returns One pose per box, keypoints in pixels of the keyframe.
   * @throws {TypeError} When frames or boxes are not what they should be.
   *
   * @example
   * ```ts ignore
   * const poses = await model.estimate({ frames, boxes: [[40, 10, 120, 300]], description: "a man jumps" });
   * ```
   */
  async estimate(request: EstimateRequest): Promise<EstimatedPose[]> {
    const { frames, boxes, ...options } = request;
    const F = 2 * this.config.temporalSpan + 1;
    if (!Array.isArray(frames) || (frames.length !== 1 && frames.length !== F)) {
      throw new TypeError(`Cannot estimate poses: ${frames?.length} frames, expected 1 or ${F}`);
    }
    const window = frames.length === F ? frames : new Array<Frame>(F).fill(frames[0]);
    return (await this.estimateWindows([{ frames: window, boxes }], options))[0];
  }

  /**
   * Finds the poses of the people in several keyframes, batched together as far as they fit.
   *
   * @param windows Keyframes with neighbours and boxes.
   * @param options Decoding, and the description of people who have none of their own.
   * @returns Poses per window, per box.
   * @throws {TypeError} When frames or boxes are not what they should be.
   * @throws {RangeError} When the way of decoding is unknown.
   */
  async estimateWindows(
    windows: readonly PoseWindow[],
    options: PoseOptions = {},
  ): Promise<EstimatedPose[][]> {
    this.#check();
    const { decode = "dark", flipTest = false } = options;
    if (!decodeModes.includes(decode)) {
      throw new RangeError(
        `Cannot estimate poses: decode is "${decode}", expected ${decodeModes.join(", ")}`,
      );
    }
    const people = windows.flatMap((window, index) => this.#cropPeople(window, index, options));
    const poses: EstimatedPose[][] = windows.map(() => []);
    for (const { frames, members } of packBatches(people, this.#engine.limits)) {
      const batch: PoseBatch = {
        frames,
        people: members.map(({ frames: own, transform }) => ({
          frames: own.map((frame) => frames.indexOf(frame)),
          transform,
        })),
        flip: flipTest,
        decode,
        transport: false,
      };
      const texts = members.map(({ text }) => text).filter((text) => text !== undefined); // of all, or of none
      const distinct = [...new Set(texts)];
      const rows = texts.map((text) => distinct.indexOf(text));
      const tokens = distinct.length > 0 ? this.#encode(distinct) : undefined;
      const text = tokens ? { text: pickRows(tokens, rows) } : {};
      const explain = tokens !== undefined && (options.explain ?? false);
      this.#check(); // it may have been closed during the batch before
      const { keypoints, transport } = await this.#engine.pose({ ...batch, ...text, transport: explain });
      const visual = explain ? await this.#engine.pose(batch) : undefined;
      const K = this.keypoints.keypoints.length;
      for (const [i, { window, index, box }] of members.entries()) {
        const keyframe = windows[window].frames[this.config.temporalSpan];
        const read = (values: Float32Array) =>
          poseOf(values.subarray(i * K * 3, (i + 1) * K * 3), { box, keyframe });
        const pose: EstimatedPose = read(keypoints);
        if (tokens && transport && visual) {
          const visualOnly = read(visual.keypoints).keypoints;
          const row = rows[i];
          pose.explanation = explanationOf(i, { transport, tokens, row, visualOnly, config: this.config });
        }
        poses[window][index] = pose;
      }
    }
    return poses;
  }

  /**
   * Runs the model on tensors.
   *
   * @param inputs Normalised crops and token ids.
   * @returns Every output of the model, row-major.
   * @throws {TypeError} When sizes do not fit the model or each other.
   * @throws {RangeError} When an id or a mask value is out of range.
   */
  async forward(inputs: ForwardInputs): Promise<ForwardOutputs> {
    this.#check();
    return await this.#engine.forward(checkForwardInputs(inputs, this.config));
  }

  /**
   * Poses every frame of a clip, streaming: a few frames are in memory at a time.
   *
   * @param input A video file, a folder of frames, an image or a list of images.
   * @param options Boxes, description and decoding.
   * @returns One entry per frame, in order.
   */
  video(input: string | string[], options: VideoOptions): AsyncGenerator<FramePoses> {
    this.#check();
    const { temporalSpan } = this.config;
    const estimateWindows = this.estimateWindows.bind(this);
    return poseVideo({ temporalSpan, batchSize: this.batchSize, estimateWindows }, input, options);
  }

  /**
   * Makes token ids of a description, as the model reads it.
   *
   * @param description The text; absent gives nothing.
   * @returns One row of ids with its mask, or undefined on the visual-only path.
   */
  tokenize(description: string | undefined): Encoding | undefined {
    this.#check();
    return description === undefined || !this.#readsText ? undefined : this.#encode([description]);
  }

  /** The most people that go in one batch. */
  get batchSize(): number {
    return this.#engine.limits.people;
  }

  /** Frees the device's memory and closes the file. The model cannot be used after. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#engine.close();
    await this.#weights.close();
  }

  /** Closes the model at the end of an `await using` block. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #check(): void {
    if (this.#closed) throw new ClosedError("Cannot use the model: it is closed");
  }

  get #readsText(): boolean {
    return this.config.language && this.#weights.tokenizer !== undefined;
  }

  #encode(texts: readonly string[]): Encoding {
    const tokenizer = this.#weights.tokenizer!;
    const { maxTokens } = this.config.text;
    const { shape: [, longest] } = tokenizer.encode(texts, { maxTokens });
    const padTo = Math.min(Math.ceil(longest / tokenStep) * tokenStep, maxTokens);
    return tokenizer.encode(texts, { maxTokens, padTo });
  }

  #cropPeople(
    { frames, boxes, descriptions }: PoseWindow,
    window: number,
    { description }: PoseOptions,
  ): CroppedPerson[] {
    const F = 2 * this.config.temporalSpan + 1;
    if (!Array.isArray(frames) || frames.length !== F) {
      throw new TypeError(
        `Cannot estimate poses: ${frames?.length} frames in window ${window}, expected ${F}`,
      );
    }
    const keyframe = frames[this.config.temporalSpan];
    const own = frameCount(this.config) === 1 ? [keyframe] : frames;
    for (const [i, frame] of own.entries()) checkFrame(frame, `frame ${i} of window ${window}`);
    if (!Array.isArray(boxes)) {
      throw new TypeError(`Cannot estimate poses: boxes is ${boxes}, expected an array`);
    }
    if (descriptions !== undefined) checkDescriptions(descriptions, boxes.length, window);
    return boxes.map((box, index) => {
      const fault = boxFault(box, keyframe);
      if (fault) throw new TypeError(`Cannot estimate poses: box ${index} of window ${window}: ${fault}`);
      const text = this.#readsText ? descriptions?.[index] ?? description : undefined;
      const transform = cropTransform(box, this.config.image);
      return { window, index, box, frames: own, transform, ...(text === undefined ? {} : { text }) };
    });
  }
}

function checkDescriptions(
  descriptions: readonly (string | undefined)[],
  boxes: number,
  window: number,
): void {
  if (!Array.isArray(descriptions) || descriptions.length !== boxes) {
    const found = Array.isArray(descriptions) ? `${descriptions.length} descriptions` : typeof descriptions;
    throw new TypeError(
      `Cannot estimate poses: ${found} in window ${window}, expected ${boxes}, one per box`,
    );
  }
  const wrong = descriptions.findIndex((text) => text !== undefined && typeof text !== "string");
  if (wrong < 0) return;
  throw new TypeError(
    `Cannot estimate poses: description ${wrong} of window ${window} is a ${typeof descriptions[wrong]}, ` +
      "expected a text",
  );
}

/** The text rows of a batch: row `rows[b]` of the distinct texts for person `b`. */
function pickRows({ inputIds, attentionMask, shape: [, N] }: Encoding, rows: readonly number[]): TokenBatch {
  const pick = (values: Int32Array) =>
    Int32Array.from({ length: rows.length * N }, (_, i) => values[rows[Math.floor(i / N)] * N + i % N]);
  return { inputIds: pick(inputIds), attentionMask: pick(attentionMask), shape: [rows.length, N] };
}

/** Person `i`'s part of a batch's transport. */
function explanationOf(
  i: number,
  { transport, tokens, row, visualOnly, config }: {
    transport: BatchTransport;
    tokens: Encoding;
    row: number;
    visualOnly: Keypoint[];
    config: LaposeConfig;
  },
): PoseExplanation {
  const grid = patchGrid(config);
  const M = grid.rows * grid.columns;
  const N = tokens.shape[1];
  const own = (values: Float32Array) => values.slice(i * M * N, (i + 1) * M * N);
  return {
    tokens: tokens.tokens[row],
    isTruncated: tokens.truncated[row],
    plan: own(transport.plan),
    ...(transport.crossAttention ? { crossAttention: own(transport.crossAttention) } : {}),
    planShape: [M, N],
    grid,
    cost: transport.cost[i],
    visualOnly,
  };
}

/** Positions are clamped to the frame: a peak in the crop's margin cannot be seen in the picture. */
function poseOf(values: Float32Array, { box, keyframe }: { box: Box; keyframe: Frame }): Pose {
  const inside = (value: number, extent: number) => Math.min(Math.max(value, 0), extent - 1);
  const keypoints = [];
  for (let k = 0; k < values.length; k += 3) {
    keypoints.push({
      x: inside(values[k], keyframe.width),
      y: inside(values[k + 1], keyframe.height),
      score: values[k + 2],
    });
  }
  const score = keypoints.reduce((sum, keypoint) => sum + keypoint.score, 0) / keypoints.length;
  return { keypoints, box, score };
}
