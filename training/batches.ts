/** Batches: which samples come together in which step, and what the GPU reads of them. */
import type { InputValues } from "../gpu/executor.ts";
import { cropWords, writeCrop } from "../kernels/crop/crop_table.ts";
import { frameCount, type LaposeConfig } from "../model/config.ts";
import type { Frame } from "../people/frame.ts";
import type { KeypointSet } from "../people/keypoint_sets.ts";
import type { Tokenizer } from "../text/tokenizer.ts";
import { type Augmentation, placeSample } from "./augmentation.ts";
import { FramePool } from "./frame_pool.ts";
import { randomSequence, shuffled } from "./random.ts";
import type { TrainingSample } from "./samples.ts";
import { heatmapSize } from "./training_graph.ts";

/** What batches are made of. */
export interface BatchesOptions {
  /** The model's configuration. */
  config: LaposeConfig;
  /** The model's keypoints. */
  keypoints: KeypointSet;
  /** Its tokenizer; absent on the visual-only path. */
  tokenizer?: Tokenizer | undefined;
  /** People in a batch. */
  batch: number;
  /** How strongly samples are changed. */
  augmentation: Augmentation;
  /** Seed of order and augmentation. */
  seed: number;
}

/** Text lengths are rounded up to this, so that descriptions of other data sets may share a plan. */
const tokenStep = 8;

/** Makes the batches of a data set. */
export class Batches implements Disposable {
  /** Batches in an epoch; samples that do not fill one wait for the next epoch. */
  readonly perEpoch: number;
  /** Text tokens N of every batch; absent on the visual-only path. */
  readonly tokens: number | undefined;
  /** Different texts, and how many of them are longer than the model reads; absent on the visual-only path. */
  readonly texts: { readonly all: number; readonly cut: number } | undefined;
  readonly #samples: readonly TrainingSample[];
  readonly #options: BatchesOptions;
  readonly #frames: FramePool;
  /** The last epoch's order. */
  #order: { epoch: number; order: Uint32Array } | undefined;

  /**
   * @param samples The data set.
   * @param options Model, size and augmentation.
   * @throws {RangeError} When there are fewer samples than a batch needs.
   */
  constructor(samples: readonly TrainingSample[], options: BatchesOptions) {
    const { batch, tokenizer, config } = options;
    if (samples.length < batch) {
      throw new RangeError(
        `Cannot train on ${samples.length} people in batches of ${batch}: use a smaller batch`,
      );
    }
    this.#samples = samples;
    this.#options = options;
    this.#frames = new FramePool();
    this.perEpoch = Math.floor(samples.length / batch);
    if (!config.language || !tokenizer) return;
    const texts = [...new Set(samples.flatMap(({ descriptions }) => descriptions))];
    const { maxTokens } = config.text;
    const { fullLengths } = tokenizer.encode(texts, { maxTokens });
    const longest = fullLengths.reduce((most, length) => Math.max(most, length), 0);
    this.texts = { all: texts.length, cut: fullLengths.filter((length) => length > maxTokens).length };
    this.tokens = Math.min(maxTokens, Math.ceil(longest / tokenStep) * tokenStep);
  }

  /**
   * Pixels that the frames of a batch need at most, from the largest first frame of any clip.
   *
   * @returns Pixels of all frames together.
   */
  async pixels(): Promise<number> {
    let largest = 0;
    const clips = new Map(this.#samples.map(({ images }) => [images[0].replace(/[^/\\]*$/, ""), images[0]]));
    for (const image of clips.values()) {
      const { width, height } = await this.#frames.get(image);
      largest = Math.max(largest, width * height);
    }
    return largest * frameCount(this.#options.config) * this.#options.batch;
  }

  /**
   * Makes one batch; the same epoch and index give the same batch.
   *
   * @param epoch Epoch, from 0.
   * @param index Batch of the epoch, from 0.
   * @returns Inputs of the training graph.
   * @throws {Error} When an image cannot be read.
   */
  async make(epoch: number, index: number): Promise<InputValues> {
    const { config, keypoints, tokenizer, batch, augmentation, seed } = this.#options;
    const F = frameCount(config);
    const K = keypoints.keypoints.length;
    const order = this.#orderOf(epoch);
    const crops = new Uint32Array(batch * F * cropWords);
    const joints = new Float32Array(batch * K * 3);
    const frames: Frame[] = [];
    const firstPixels = new Map<string, number>();
    const descriptions: string[] = [];
    let pixels = 0;
    const numbers = order.subarray(index * batch, (index + 1) * batch);
    const images = (sample: TrainingSample) => {
      const first = (sample.images.length - F) / 2;
      return sample.images.slice(first, first + F);
    };
    const decoded = await this.#decode([...numbers].flatMap((number) => images(this.#samples[number])));
    for (const [b, number] of numbers.entries()) {
      const sample = this.#samples[number];
      const placed = placeSample(sample, {
        crop: config.image,
        heatmap: heatmapSize(config),
        keypoints,
        augmentation,
        random: randomSequence(seed, 1, epoch, number),
      });
      joints.set(placed.joints, b * K * 3);
      descriptions.push(placed.description);
      for (const [f, image] of images(sample).entries()) {
        const frame = decoded.get(image)!;
        if (!firstPixels.has(image)) {
          firstPixels.set(image, pixels);
          frames.push(frame);
          pixels += frame.width * frame.height;
        }
        const { width, height } = frame;
        const { matrix, mirrored } = placed;
        const place = { firstPixel: firstPixels.get(image)!, width, height };
        writeCrop(crops, b * F + f, { frame: place, matrix, ...config.image, mirrored });
      }
    }
    const text = this.tokens === undefined
      ? undefined
      : tokenizer!.encode(descriptions, { maxTokens: config.text.maxTokens, padTo: this.tokens });
    return {
      frames: frames.map(({ data }) => new Uint32Array(data.buffer, data.byteOffset, data.length / 4)),
      crops,
      joints,
      ...(text ? { inputIds: text.inputIds, attentionMask: text.attentionMask } : {}),
    };
  }

  /** Decodes each image once, all at the same time. */
  async #decode(paths: readonly string[]): Promise<Map<string, Frame>> {
    const frames = [...new Set(paths)].map(async (path) => [path, await this.#frames.get(path)] as const);
    return new Map(await Promise.all(frames));
  }

  /** Ends the threads that decode. */
  [Symbol.dispose](): void {
    this.#frames.close();
  }

  #orderOf(epoch: number): Uint32Array {
    if (this.#order?.epoch !== epoch) {
      const random = randomSequence(this.#options.seed, 0, epoch);
      this.#order = { epoch, order: shuffled(this.#samples.length, random) };
    }
    return this.#order.order;
  }
}
