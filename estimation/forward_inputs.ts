/** Checks the tensors of a raw forward pass. */
import { frameCount, type LaposeConfig } from "../model/config.ts";
import type { ForwardBatch } from "./engine.ts";

/** Input of {@linkcode LAPose.forward}, row-major; B and N follow from the lengths. */
export interface ForwardInputs {
  /** Normalised crops `[B, F, 3, H, W]`. */
  pixels: Float32Array;
  /** Vocabulary indices `[B, N]`; absent: the visual-only path. */
  inputIds?: Int32Array;
  /** 1 for tokens, 0 for padding `[B, N]`. */
  attentionMask?: Int32Array;
}

/** Checks sizes and ranges and finds B and N. */
export function checkForwardInputs(inputs: ForwardInputs, config: LaposeConfig): ForwardBatch {
  const { pixels, inputIds, attentionMask } = inputs;
  const F = frameCount(config);
  const { height, width } = config.image;
  if (!(pixels instanceof Float32Array)) {
    throw new TypeError("Cannot run the model: pixels is no Float32Array");
  }
  const batch = pixels.length / (F * 3 * height * width);
  if (!Number.isInteger(batch) || batch < 1) {
    throw new TypeError(
      `Cannot run the model on pixels of ${pixels.length} values, expected a multiple of ` +
        `${F * 3 * height * width} ([B, ${F}, 3, ${height}, ${width}])`,
    );
  }
  const wrongPixel = pixels.findIndex((value) => !Number.isFinite(value));
  if (wrongPixel >= 0) {
    throw new RangeError(
      `Cannot run the model on pixels: ${pixels[wrongPixel]} at ${wrongPixel}, expected finite numbers`,
    );
  }
  if (inputIds === undefined && attentionMask === undefined) return { pixels, batch };
  if (!config.language) {
    throw new TypeError("Cannot run the model on text: its language part is off; leave inputIds out");
  }
  if (!(inputIds instanceof Int32Array) || !(attentionMask instanceof Int32Array)) {
    throw new TypeError(
      "Cannot run the model: expected inputIds and attentionMask as Int32Array, both or neither",
    );
  }
  const N = inputIds.length / batch;
  const { positions, vocabularySize } = config.text;
  if (!Number.isInteger(N) || N < 1 || N > positions || attentionMask.length !== inputIds.length) {
    throw new TypeError(
      `Cannot run the model on ${inputIds.length} ids and ${attentionMask.length} mask values for ${batch} people: ` +
        `expected [${batch}, N] each with N from 1 to ${positions}`,
    );
  }
  const wrongId = inputIds.findIndex((id) => id < 0 || id >= vocabularySize);
  if (wrongId >= 0) {
    throw new RangeError(
      `Cannot run the model on inputIds: ${inputIds[wrongId]} at ${wrongId}, expected 0 to ${
        vocabularySize - 1
      }`,
    );
  }
  const wrongMask = attentionMask.findIndex((value) => value !== 0 && value !== 1);
  if (wrongMask >= 0) {
    throw new RangeError(
      `Cannot run the model on attentionMask: ${attentionMask[wrongMask]} at ${wrongMask}, expected 0 or 1`,
    );
  }
  for (let b = 0; b < batch; b++) {
    if (!attentionMask.subarray(b * N, (b + 1) * N).includes(1)) {
      throw new RangeError(
        `Cannot run the model on attentionMask: row ${b} masks everything, expected [CLS] at least`,
      );
    }
  }
  return { pixels, batch, text: { inputIds, attentionMask, shape: [batch, N] } };
}
