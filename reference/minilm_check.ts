/**
 * Compares our sentence embeddings with those of minilm_check.py, which says how to make the files:
 *
 *     deno run -A reference/minilm_check.ts DIRECTORY
 *
 * An embedding is the mean of the text encoder's last hidden states over the unpadded tokens, scaled to length one.
 * Our tokenizer and both engines are used; an untrained LAPose whose widths are equal hands the states through. Exit
 * status 1 when a number is off by more than 1e-4, or a sentence is nearer to another than to its own pair.
 */
import { join } from "node:path";
import { LAPose } from "@lapose/lapose";
import { openWeights } from "../estimation/weights_file.ts";
import { frameCount } from "../model/config.ts";

const bound = 1e-4;
/** Sentences of one batch. */
const batchSize = 4;

interface Reference {
  source: string;
  sentences: string[];
  embeddings: number[][];
}

function normalised(values: readonly number[]): number[] {
  const length = Math.hypot(...values);
  return values.map((value) => value / length);
}

function similarity(a: readonly number[], b: readonly number[]): number {
  return a.reduce((sum, value, i) => sum + value * b[i], 0);
}

/** Masked means of the hidden states. */
async function embed(path: string, device: "webgpu" | "cpu", sentences: readonly string[]): Promise<number[][]> {
  await using weights = await openWeights(path);
  await using model = await LAPose.load(path, { device });
  const { height, width } = model.config.image;
  const rows: number[][] = [];
  for (let first = 0; first < sentences.length; first += batchSize) {
    const batch = sentences.slice(first, first + batchSize);
    const { inputIds, attentionMask, shape: [B, N] } = weights.tokenizer!.encode(batch, {
      maxTokens: model.config.text.maxTokens,
    });
    const pixels = new Float32Array(B * frameCount(model.config) * 3 * height * width);
    const { text } = await model.forward({ pixels, inputIds, attentionMask });
    const D = text!.shape[2];
    for (let b = 0; b < B; b++) {
      const mean = new Array<number>(D).fill(0);
      for (let n = 0; n < N; n++) {
        if (attentionMask[b * N + n] === 0) continue;
        for (let d = 0; d < D; d++) mean[d] += text!.data[(b * N + n) * D + d];
      }
      rows.push(normalised(mean));
    }
  }
  return rows;
}

/** How similar pairs are at least, and others at most; and how many sentences have their own pair as the nearest. */
function compareSimilarities(embeddings: readonly number[][]): { pairs: number; others: number; nearest: number } {
  let [pairs, others, nearest] = [1, -1, 0];
  for (const [i, a] of embeddings.entries()) {
    const scores = embeddings.map((b, j) => i === j ? -Infinity : similarity(a, b));
    const own = i ^ 1;
    pairs = Math.min(pairs, scores[own]);
    others = Math.max(others, ...scores.filter((_, j) => j !== own));
    if (Math.max(...scores) === scores[own]) nearest++;
  }
  return { pairs, others, nearest };
}

async function main([directory]: string[]): Promise<boolean> {
  if (directory === undefined) throw new TypeError("Cannot check: usage is minilm_check.ts DIRECTORY");
  const reference: Reference = JSON.parse(await Deno.readTextFile(join(directory, "sentences.json")));
  console.log(reference.source);
  const expected = reference.embeddings.map(normalised);
  let right = true;
  for (const device of ["webgpu", "cpu"] as const) {
    const found = await embed(join(directory, "minilm.onnx"), device, reference.sentences);
    let largest = 0;
    for (const [i, row] of expected.entries()) {
      for (const [d, value] of row.entries()) {
        const error = Math.abs(value - found[i][d]);
        if (!(error <= largest)) largest = error;
      }
    }
    const { pairs, others, nearest } = compareSimilarities(found);
    right = right && largest <= bound && nearest === found.length;
    console.log(
      `${device}: ${found.length} embeddings of ${found[0].length}, largest error ${largest.toExponential(2)}; ` +
        `cosine of a pair at least ${pairs.toFixed(3)}, of others at most ${others.toFixed(3)}; ` +
        `${nearest} of ${found.length} have their own pair as the nearest`,
    );
  }
  return right;
}

if (import.meta.main) Deno.exit(await main(Deno.args) ? 0 : 1);
