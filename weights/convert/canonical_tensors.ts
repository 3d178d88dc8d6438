/**
 * What LAPose's encoders and heads are made of, under canonical names. `{i}` stands for a block. An extent is a
 * number, a letter, or a letter with a factor: D vision channels, H hidden channels, P patch side, M positions;
 * E text channels, G hidden channels, V vocabulary, N positions, T token types; C head channels, K keypoints.
 */

/** Extent in the table: a number, or a letter with an optional factor, for example `"3D"`. */
export type SymbolicExtent = number | string;

/** One row of the table. */
export interface CanonicalTensor {
  /** Canonical name; `{i}` stands for a block. */
  name: string;
  /** Extents. */
  shape: readonly SymbolicExtent[];
}

/** Both parameters of a linear layer or a normalisation. */
function pair(module: string, weight: SymbolicExtent[], bias: SymbolicExtent): CanonicalTensor[] {
  return [{ name: `${module}.weight`, shape: weight }, { name: `${module}.bias`, shape: [bias] }];
}

/** A transformer block of `width` and `hidden` channels. */
function block(prefix: string, width: string, hidden: string): CanonicalTensor[] {
  return [
    ...pair(`${prefix}.norm1`, [width], width),
    ...pair(`${prefix}.attention.qkv`, [`3${width}`, width], `3${width}`),
    ...pair(`${prefix}.attention.projection`, [width, width], width),
    ...pair(`${prefix}.norm2`, [width], width),
    ...pair(`${prefix}.mlp.fc1`, [hidden, width], hidden),
    ...pair(`${prefix}.mlp.fc2`, [width, hidden], width),
  ];
}

/** The vision encoder. */
export const visionTensors: readonly CanonicalTensor[] = [
  ...pair("vision.patch_embedding", ["D", 3, "P", "P"], "D"),
  { name: "vision.position_embedding", shape: ["M", "D"] },
  ...block("vision.blocks.{i}", "D", "H"),
  ...pair("vision.norm", ["D"], "D"),
];

/** The text encoder. */
export const textTensors: readonly CanonicalTensor[] = [
  { name: "text.embeddings.word", shape: ["V", "E"] },
  { name: "text.embeddings.position", shape: ["N", "E"] },
  { name: "text.embeddings.token_type", shape: ["T", "E"] },
  ...pair("text.embeddings.norm", ["E"], "E"),
  ...block("text.blocks.{i}", "E", "G"),
];

/** Parameters and statistics of a batch normalisation. */
export const batchNormParts = ["weight", "bias", "running_mean", "running_var"] as const;

/** The two heads. */
export const headTensors: Readonly<Record<"classic" | "simple", readonly CanonicalTensor[]>> = {
  classic: [
    { name: "head.deconvolution1.weight", shape: ["D", "C", 4, 4] },
    ...batchNormParts.map((part) => ({ name: `head.batch_norm1.${part}`, shape: ["C"] })),
    { name: "head.deconvolution2.weight", shape: ["C", "C", 4, 4] },
    ...batchNormParts.map((part) => ({ name: `head.batch_norm2.${part}`, shape: ["C"] })),
    ...pair("head.convolution", ["K", "C", 1, 1], "K"),
  ],
  simple: pair("head.convolution", ["K", "D", 3, 3], "K"),
};
