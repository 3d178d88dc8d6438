import type { HeadConfig, TextConfig, VisionConfig } from "../../model/config.ts";
import type { ConversionPlan } from "./plan.ts";
import { gridOf, guessImage, type ImageSize, patchPadding } from "./position_grid.ts";

/** What a text checkpoint tells of the configuration; tokens are the tokenizer's to tell. */
export type ConvertedText = Omit<TextConfig, "maxTokens" | "clsId" | "sepId" | "padId">;

/** What checkpoints tell of the configuration. */
export interface ConversionConfig {
  /** The crop. */
  image?: ImageSize;
  /** The vision encoder. */
  vision?: VisionConfig;
  /** The text encoder. */
  text?: ConvertedText;
  /** The head; absent when the vision checkpoint has none. */
  head?: HeadConfig;
  /** Keypoints that the head finds. */
  keypointCount?: number;
}

/** What the caller knows better than the checkpoint. */
export interface ConfigOptions {
  /** Attention heads of the vision encoder. */
  visionHeads?: number;
  /** Attention heads of the text encoder. */
  textHeads?: number;
  /** The crop. */
  image?: ImageSize;
  /** What holds where neither the caller nor the checkpoint says, before anything is guessed from sizes. */
  fallback?: Omit<ConfigOptions, "fallback">;
}

/** Epsilon of PyTorch's batch normalisation, which every ViTPose keeps. */
export const batchNormEpsilon = 1e-5;

/** Crop of plain encoders, which were trained on squares. */
export const defaultImage: ImageSize = { height: 256, width: 192 };

/**
 * Deduces the vision part of the configuration from shapes and settings.
 *
 * @param plan Plan of a vision checkpoint.
 * @param options What the caller knows better.
 * @returns Crop, encoder, head and number of keypoints.
 * @throws {RangeError} When attention heads or crop cannot be told, or do not fit.
 * @throws {TypeError} When the model computes something else than ViTPose does.
 */
export function visionConfig(
  plan: ConversionPlan,
  options: ConfigOptions,
): ConversionConfig {
  const { extents, checkpoint } = plan;
  checkSetting(plan, "activation", "gelu");
  const patchSize = extents.get("P");
  const width = extents.get("D");
  const config: ConversionConfig = {
    image: imageOf(plan, options),
    vision: {
      patchSize,
      patchPadding,
      width,
      layers: plan.layers,
      heads: headsOf(plan, {
        width,
        given: options.visionHeads,
        fallback: options.fallback?.visionHeads,
      }),
      hidden: extents.get("H"),
      epsilon: checkpoint.settings.epsilon ?? plan.family.epsilon,
    },
  };
  if (plan.head !== undefined) {
    const channels = plan.head === "classic" ? extents.get("C") : 256;
    config.head = { kind: plan.head, channels, epsilon: batchNormEpsilon };
    config.keypointCount = extents.get("K");
  }
  return config;
}

/**
 * Deduces the text part of the configuration from shapes and settings.
 *
 * @param plan Plan of a text checkpoint.
 * @param options What the caller knows better.
 * @returns The encoder.
 * @throws {RangeError} When attention heads cannot be told, or do not fit.
 * @throws {TypeError} When the model computes something else than BERT does.
 */
export function textConfig(plan: ConversionPlan, options: ConfigOptions): ConversionConfig {
  const { extents, checkpoint } = plan;
  checkSetting(plan, "modelType", "bert");
  checkSetting(plan, "activation", "gelu");
  checkSetting(plan, "positions", "absolute");
  const typeVocabularySize = extents.get("T");
  if (typeVocabularySize < 2) {
    throw new TypeError(
      `Cannot convert ${checkpoint.path}: 1 token type, as RoBERTa has it, whose positions begin elsewhere; expected ` +
        `BERT, which has 2`,
    );
  }
  const width = extents.get("E");
  return {
    text: {
      vocabularySize: extents.get("V"),
      typeVocabularySize,
      positions: extents.get("N"),
      width,
      layers: plan.layers,
      heads: headsOf(plan, { width, given: options.textHeads, fallback: options.fallback?.textHeads }),
      hidden: extents.get("G"),
      epsilon: checkpoint.settings.epsilon ?? plan.family.epsilon,
    },
  };
}

function checkSetting(
  { checkpoint }: ConversionPlan,
  setting: "activation" | "modelType" | "positions",
  expected: string,
): void {
  const found = checkpoint.settings[setting];
  if (found !== undefined && found !== expected) {
    throw new TypeError(
      `Cannot convert ${checkpoint.path}: its config.json says ${setting} ${
        JSON.stringify(found)
      }, expected ` +
        JSON.stringify(expected),
    );
  }
}

function headsOf(
  plan: ConversionPlan,
  { width, given, fallback }: { width: number; given: number | undefined; fallback: number | undefined },
): number {
  const { checkpoint, family } = plan;
  const heads = given ?? checkpoint.settings.heads ?? fallback ?? family.heads[width];
  if (heads === undefined) {
    throw new RangeError(
      `Cannot tell the attention heads of ${checkpoint.path}: ${family.name} of width ${width} is of no usual size, ` +
        `expected a config.json beside it, or the number of heads`,
    );
  }
  if (!Number.isInteger(heads) || heads < 1 || width % heads !== 0) {
    throw new RangeError(
      `Cannot convert ${checkpoint.path}: ${heads} attention heads, expected a divisor of its width ${width}`,
    );
  }
  return heads;
}

function imageOf(plan: ConversionPlan, options: ConfigOptions): ImageSize {
  const { checkpoint, extents } = plan;
  const positions = extents.get("M");
  const patch = extents.get("P");
  const resized = plan.tensors.some(({ recipe }) => recipe === "resizePositions");
  const fallback = options.fallback?.image;
  const image = options.image ??
    (resized
      ? fallback ?? defaultImage
      : checkpoint.settings.image ?? fallback ?? guessImage(positions, patch));
  if (image === undefined) {
    throw new RangeError(
      `Cannot tell the crop of ${checkpoint.path}: ${positions} positions are no 4 to 3 grid, expected a config.json ` +
        `beside it, or the crop`,
    );
  }
  const { rows, columns } = gridOf(image, patch);
  if (rows * columns !== positions) {
    throw new RangeError(
      `Cannot convert ${checkpoint.path}: ${positions} positions, expected ${rows} × ${columns} for a crop of ` +
        `${image.height} × ${image.width} pixels`,
    );
  }
  return image;
}
