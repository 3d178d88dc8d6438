/** The CPU engine: the weights file's own graph in onnxruntime, crop and decode in TypeScript. */
import { ClosedError } from "../gpu/errors.ts";
import { releaseMemory } from "../files/release_memory.ts";
import { frameCount, type LaposeConfig } from "../model/config.ts";
import { parameterShapes } from "../model/forward_graph.ts";
import { cropPixels } from "../people/crop.ts";
import { decodeHeatmaps } from "../people/decode.ts";
import type { Engine, ForwardBatch, ForwardOutputs, PoseBatch, PoseResult, TensorValue } from "./engine.ts";
import { temporaryFolder } from "./temporary_folders.ts";
import { Turns } from "./turns.ts";
import { type WeightsFile, writeWeights } from "./weights_file.ts";

/** The part of onnxruntime-node that is used here; its own types would fetch its 300 MB for everybody. */
export interface Onnxruntime {
  Tensor: new (type: string, data: Float32Array | Int32Array, dims: readonly number[]) => OnnxruntimeTensor;
  InferenceSession: { create(path: string): Promise<OnnxruntimeSession> };
}

interface OnnxruntimeTensor {
  readonly data: unknown;
  readonly dims: readonly number[];
}

interface OnnxruntimeSession {
  run(feeds: Record<string, OnnxruntimeTensor>): Promise<Record<string, OnnxruntimeTensor>>;
  release(): Promise<void>;
}

/** A value, not a literal: Deno fetches literal imports at start. The version is pinned in deno.json too. */
const onnxruntimePackage = "npm:onnxruntime-node@1.30.0";

/**
 * Loads onnxruntime-node, which Deno fetches at the first time.
 *
 * @returns The library.
 * @throws {Error} When it cannot be fetched or started.
 */
export async function loadOnnxruntime(): Promise<Onnxruntime> {
  // Its builds for Linux send usage data to their maker, leave files in the temporary folder, and overflow the stack on
  // a command line of 30,000 characters, all of which this switches off. It is read once, when the library starts.
  if (!Deno.env.has("ORT_DISABLE_TELEMETRY")) Deno.env.set("ORT_DISABLE_TELEMETRY", "1");
  try {
    return await import(onnxruntimePackage);
  } catch (error) {
    throw new Error(
      `Cannot run on the CPU: ${onnxruntimePackage} cannot be loaded; run with network access once, or with --device webgpu`,
      { cause: error },
    );
  }
}

/** Options of {@linkcode CpuEngine}. */
export interface CpuEngineOptions {
  /** The configuration to run: the file's, with parts switched off. */
  config: LaposeConfig;
  /** Called while weights load. */
  onProgress?: (done: number, total: number) => void;
}

/** What a session computes: the visual-only path, the model with text, or that and where its cross-attention looked. */
type SessionKind = "visual" | "text" | "explained";

/** Outputs of a session of any kind. */
type SessionOutputs = ForwardOutputs & { crossAttention?: TensorValue };

/** People in one batch: onnxruntime keeps all cores busy with few. */
const batchLimit = 4;
/** People of one keyframe that still go together: memory grows with them. */
const mostPeople = 16;

/** Runs a model in onnxruntime-node, which is loaded here and nowhere else. */
export class CpuEngine implements Engine {
  readonly kind = "cpu" as const;
  readonly description = "onnxruntime";
  readonly limits = { people: batchLimit, mostPeople, pixels: Infinity };
  readonly #weights: WeightsFile;
  readonly #config: LaposeConfig;
  readonly #onProgress: ((done: number, total: number) => void) | undefined;
  /** One batch at a time, closing included. */
  readonly #turns = new Turns();
  #closed = false;
  readonly #sessions = new Map<SessionKind, Promise<OnnxruntimeSession>>();

  /** An engine for `weights`; sessions are made when they are first needed. */
  constructor(weights: WeightsFile, { config, onProgress }: CpuEngineOptions) {
    this.#weights = weights;
    this.#config = config;
    this.#onProgress = onProgress;
  }

  /** Runs the model on normalised crops. */
  forward(batch: ForwardBatch): Promise<ForwardOutputs> {
    return this.#turns.take(() => this.#forward(batch));
  }

  /** Runs crop, model and decode. */
  pose(batch: PoseBatch): Promise<PoseResult> {
    return this.#turns.take(() => this.#pose(batch));
  }

  /** Frees the sessions. */
  close(): Promise<void> {
    return this.#turns.take(async () => {
      this.#closed = true;
      for (const session of this.#sessions.values()) {
        // one that never opened has told whoever asked for it
        await (await session.catch(() => undefined))?.release();
      }
      this.#sessions.clear();
    });
  }

  async #forward({ pixels, batch, text }: ForwardBatch, explained = false): Promise<SessionOutputs> {
    if (this.#closed) throw new ClosedError("Cannot use the model: it is closed");
    const { Tensor } = await loadOnnxruntime();
    const session = await this.#session(!text ? "visual" : explained ? "explained" : "text");
    const { height, width } = this.#config.image;
    const feeds: Record<string, OnnxruntimeTensor> = {
      pixels: new Tensor("float32", pixels, [batch, frameCount(this.#config), 3, height, width]),
    };
    if (text) {
      feeds.inputIds = new Tensor("int32", text.inputIds, text.shape);
      feeds.attentionMask = new Tensor("int32", text.attentionMask, text.shape);
    }
    const results = await session.run(feeds);
    const outputs: Record<string, TensorValue> = {};
    for (const [name, tensor] of Object.entries(results)) {
      outputs[name] = { data: tensor.data as Float32Array, shape: [...tensor.dims] };
    }
    return outputs as unknown as SessionOutputs;
  }

  async #pose(
    { frames, people, text, flip, decode, transport }: PoseBatch,
  ): Promise<PoseResult> {
    const { image } = this.#config;
    const F = frameCount(this.#config);
    const plane = 3 * image.height * image.width;
    const pixels = new Float32Array(people.length * F * plane);
    for (const [b, person] of people.entries()) {
      for (const [f, index] of person.frames.entries()) {
        const target = pixels.subarray((b * F + f) * plane, (b * F + f + 1) * plane);
        cropPixels(frames[index], person.transform, { ...image, target });
      }
    }
    const batch = people.length;
    const withText = text ? { text } : {};
    const run = () => this.#forward({ pixels, batch, ...withText }, transport);
    const { heatmaps, transportPlan, transportCost, crossAttention } = await run();
    if (flip) {
      mirrorRows(pixels, image.width);
      const mirrored = await run();
      averageMirrored(heatmaps, mirrored.heatmaps, this.#weights.keypoints.flipPairs);
    }
    releaseMemory(pixels);
    const transforms = people.map(({ transform }) => transform);
    const keypoints = decodeHeatmaps(heatmaps, transforms, { mode: decode });
    const values = Float32Array.from(keypoints.flat().flatMap(({ x, y, score }) => [x, y, score]));
    if (!transport || !transportPlan || !transportCost) return { keypoints: values };
    const attended = crossAttention ? { crossAttention: crossAttention.data } : {};
    return {
      keypoints: values,
      transport: { plan: transportPlan.data, cost: transportCost.data, ...attended },
    };
  }

  #session(kind: SessionKind): Promise<OnnxruntimeSession> {
    let session = this.#sessions.get(kind);
    if (!session) {
      session = this.#open(kind);
      this.#sessions.set(kind, session);
    }
    return session;
  }

  async #open(kind: SessionKind): Promise<OnnxruntimeSession> {
    const { InferenceSession } = await loadOnnxruntime();
    const config: LaposeConfig = { ...this.#config, language: kind !== "visual" };
    const crossAttention = kind === "explained";
    const whole = this.#weights.config;
    if (config.language === whole.language && config.temporal === whole.temporal && !crossAttention) {
      const session = await InferenceSession.create(this.#weights.path);
      try {
        await this.#checkWeights(); // after creation, whose peak of memory is then over
      } catch (error) {
        await session.release();
        throw error;
      }
      return session;
    }
    // A part is switched off, or more is wanted: the same weights with another graph, in a file that lives for a moment.
    await using folder = await temporaryFolder();
    const path = `${folder.path}/part.onnx`;
    const values = (name: string) => this.#weights.read(name);
    await writeWeights(path, { config, provenance: this.#weights.provenance, values }, { crossAttention });
    return await InferenceSession.create(path);
  }

  /** onnxruntime takes NaN for a weight like any other, and its ReLU may even hide it. */
  async #checkWeights(): Promise<void> {
    const names = [...parameterShapes(this.#config, this.#weights.keypoints.keypoints.length).keys()];
    for (const [i, name] of names.entries()) {
      releaseMemory(await this.#weights.read(name));
      this.#onProgress?.(i + 1, names.length);
    }
  }
}

/** Mirrors every row of `width` pixels in place. */
function mirrorRows(pixels: Float32Array, width: number): void {
  for (let start = 0; start < pixels.length; start += width) pixels.subarray(start, start + width).reverse();
}

/** Averages heatmaps with those of the mirrored crop, mirrored back, left and right swapped. */
function averageMirrored(
  heatmaps: TensorValue,
  mirrored: TensorValue,
  flipPairs: readonly (readonly [number, number])[],
): void {
  const [B, K, h, w] = heatmaps.shape;
  const source = Array.from({ length: K }, (_, k) => k);
  for (const [left, right] of flipPairs) [source[left], source[right]] = [right, left];
  for (let b = 0; b < B; b++) {
    for (let k = 0; k < K; k++) {
      for (let y = 0; y < h; y++) {
        const to = ((b * K + k) * h + y) * w;
        const from = ((b * K + source[k]) * h + y) * w;
        for (let x = 0; x < w; x++) {
          heatmaps.data[to + x] = 0.5 * (heatmaps.data[to + x] + mirrored.data[from + w - 1 - x]);
        }
      }
    }
  }
}
