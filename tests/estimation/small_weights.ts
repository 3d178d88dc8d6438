/** Small weights files for tests: every weight random, so that text and neighbours in time change every output. */
import { type WeightsContent, writeWeights } from "../../estimation/weights_file.ts";
import { type LaposeConfig, namedConfig } from "../../model/config.ts";
import type { Frame } from "../../people/frame.ts";
import { tinyVocabulary } from "../../text/tiny_vocabulary.ts";
import { createTokenizer } from "../../text/tokenizer.ts";
import { normals, uniform } from "../support/random.ts";

const tokenizer = createTokenizer(tinyVocabulary);

/** A configuration of a few layers for crops of 64 × 48 pixels; heatmaps of 16 × 12, M = 12, D = 32. */
export function smallConfig(): LaposeConfig {
  const config = namedConfig("tiny");
  Object.assign(config.image, { height: 64, width: 48 });
  Object.assign(config.vision, { width: 32, layers: 2, heads: 2, hidden: 48 });
  Object.assign(config.text, { width: 24, layers: 1, heads: 2, hidden: 40, positions: 64, maxTokens: 32 });
  Object.assign(config.interaction, { bottleneck: 8, heads: 2, hidden: 40 });
  Object.assign(config.head, { channels: 16 });
  const { vocabularySize, clsId, sepId, padId } = tokenizer;
  Object.assign(config.text, { vocabularySize, clsId, sepId, padId });
  return config;
}

/** Bilinear kernel of a deconvolution by 2, so that heatmaps are smooth and have peaks as trained ones have. */
const enlarge = [0.25, 0.75, 0.75, 0.25];

/**
 * Random values of one weight, none of them an identity: matrices keep the size of what they multiply, the head's
 * bias keeps heatmaps above zero.
 */
export function livelyValues(name: string, shape: readonly number[]): Float32Array<ArrayBuffer> {
  const count = shape.reduce((product, extent) => product * extent, 1);
  const seed = [...name].reduce((sum, letter) => Math.imul(sum, 31) + letter.charCodeAt(0), 7);
  if (name.startsWith("head.deconvolution")) {
    const mix = normals(count / 16, seed, 1 / Math.sqrt(shape[0]));
    return Float32Array.from({ length: count }, (_, i) => {
      return mix[Math.floor(i / 16)] * enlarge[Math.floor(i / 4) % 4] * enlarge[i % 4];
    });
  }
  const fanIn = shape.length === 1 ? 1 : count / shape[0];
  const values = normals(count, seed, shape.length === 1 ? 0.1 : 1 / Math.sqrt(fanIn));
  const offset = name === "head.convolution.bias" ? 2 : /(norm\w*\.weight|running_var)$/.test(name) ? 1 : 0;
  return Float32Array.from(values, (value) => value + offset);
}

/** A folder that lives as long as its `await using` scope. */
export async function temporaryFolder(): Promise<{ path: string } & AsyncDisposable> {
  const path = await Deno.makeTempDir({ prefix: "lapose-test-" });
  return { path, [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }) };
}

/**
 * Writes a small weights file.
 *
 * @param path Where to.
 * @param changes What is different from the usual content.
 */
export async function writeSmallWeights(path: string, changes: Partial<WeightsContent> = {}): Promise<void> {
  await writeWeights(path, {
    config: smallConfig(),
    tokenizer: tokenizer.json,
    provenance: "random, for tests",
    values: livelyValues,
    ...changes,
  });
}

/** A frame of coloured waves that differ from seed to seed. */
export function waveFrame(width: number, height: number, seed: number): Frame {
  const next = uniform(seed);
  const waves = Array.from({ length: 6 }, () => ({
    channel: Math.floor(3 * next()),
    kx: (next() - 0.5) * 0.4,
    ky: (next() - 0.5) * 0.4,
    phase: 2 * Math.PI * next(),
  }));
  const data = new Uint8ClampedArray(4 * width * height).fill(255);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const colour = [128, 128, 128];
      for (const { channel, kx, ky, phase } of waves) {
        colour[channel] += 60 * Math.sin(kx * x + ky * y + phase);
      }
      data.set(colour, 4 * (y * width + x));
    }
  }
  return { width, height, data };
}

/** A frame of coloured rectangles that differ from seed to seed. */
export function blockFrame(width: number, height: number, seed: number): Frame {
  const next = uniform(seed);
  const below = (limit: number) => Math.floor(limit * next());
  const data = new Uint8ClampedArray(4 * width * height).fill(255);
  for (let block = 0; block < 12; block++) {
    const colour = [below(256), below(256), below(256)];
    const [left, top] = block === 0 ? [0, 0] : [below(width), below(height)];
    const [right, bottom] = block === 0 ? [width, height] : [left + width / 3, top + height / 3];
    for (let y = top; y < Math.min(bottom, height); y++) {
      for (let x = left; x < Math.min(right, width); x++) data.set(colour, 4 * (y * width + x));
    }
  }
  return { width, height, data };
}
