/** Compares two loaded models on seeded input: a self-test for a new GPU or driver. */
import { frameCount } from "../model/config.ts";
import type { TensorValue } from "./engine.ts";
import type { ForwardInputs } from "./forward_inputs.ts";
import type { LAPose } from "./lapose.ts";

/** The largest difference of one output. */
export interface OutputDifference {
  /** Name of the output. */
  output: string;
  /** Its extents. */
  shape: number[];
  /** Largest absolute difference; NaN when an engine gave NaN. */
  difference: number;
  /** Largest absolute value of the reference. */
  magnitude: number;
}

/** Options of {@linkcode compareModels}. */
export interface CompareModelsOptions {
  /**
   * Seed of the input.
   *
   * @default 1
   */
  seed?: number;
  /**
   * People.
   *
   * @default 2
   */
  batch?: number;
  /**
   * Text tokens, padding included; the second person's text is half as long.
   *
   * @default 16
   */
  tokens?: number;
}

/**
 * Runs the same seeded input through two models.
 *
 * @param model The model to check.
 * @param reference The model to check it against.
 * @param options Seed and extents.
 * @returns One entry per output. Text rows of padding do not count: they mean nothing.
 */
export async function compareModels(
  model: LAPose,
  reference: LAPose,
  options: CompareModelsOptions = {},
): Promise<OutputDifference[]> {
  const inputs = seededInputs(model, options);
  const [actual, expected] = [await model.forward(inputs), await reference.forward(inputs)];
  return Object.entries(expected as unknown as Record<string, TensorValue>).map(
    ([output, { data, shape }]) => {
      const found = (actual as unknown as Record<string, TensorValue>)[output].data;
      const counts = (i: number) =>
        output !== "text" || inputs.attentionMask![Math.floor(i / shape[2])] === 1;
      let difference = 0;
      let magnitude = 0;
      for (let i = 0; i < data.length; i++) {
        if (!counts(i)) continue;
        const error = Math.abs(data[i] - found[i]);
        if (!(error <= difference)) difference = error;
        magnitude = Math.max(magnitude, Math.abs(data[i]));
      }
      return { output, shape, difference, magnitude };
    },
  );
}

function seededInputs(
  { config }: LAPose,
  { seed = 1, batch = 2, tokens = 16 }: CompareModelsOptions,
): ForwardInputs {
  let state = seed >>> 0;
  const next = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 4294967296;
  };
  const { height, width } = config.image;
  const pixels = Float32Array.from(
    { length: batch * frameCount(config) * 3 * height * width },
    () => 4 * next() - 2,
  );
  if (!config.language) return { pixels };
  const { clsId, sepId, padId, vocabularySize } = config.text;
  const N = Math.min(tokens, config.text.maxTokens);
  const inputIds = new Int32Array(batch * N).fill(padId);
  const attentionMask = new Int32Array(batch * N);
  for (let b = 0; b < batch; b++) {
    const length = b % 2 === 0 ? N : Math.max(2, N >> 1);
    for (let n = 0; n < length; n++) {
      inputIds[b * N + n] = n === 0 ? clsId : n === length - 1 ? sepId : Math.floor(next() * vocabularySize);
      attentionMask[b * N + n] = 1;
    }
  }
  return { pixels, inputIds, attentionMask };
}
