/** Patch convolution with position embedding in float64: patches do not overlap, so each is a row of a product. */
import { patchesOracle } from "./patches.ts";

/**
 * Embeds the patches of `pixels` `[images, 3, height, width]` with `weight` `[D, 3, P, P]`, `bias` `[D]` and
 * `position` `[M, D]`.
 *
 * @returns `[images, M, D]`.
 */
export function patchEmbeddingOracle(
  { weight, bias, position, channels, ...cut }: Parameters<typeof patchesOracle>[0] & {
    weight: ArrayLike<number>;
    bias: ArrayLike<number>;
    position: ArrayLike<number>;
    channels: number;
  },
): Float64Array {
  const patches = patchesOracle(cut);
  const depth = 3 * cut.patchSize ** 2;
  return Float64Array.from({ length: patches.length / depth * channels }, (_, at) => {
    const [patch, d] = [Math.floor(at / channels), at % channels];
    let sum = bias[d] + position[at % position.length];
    for (let k = 0; k < depth; k++) sum += weight[d * depth + k] * patches[patch * depth + k];
    return sum;
  });
}
