/** The configuration of a converted model: what the checkpoints say, over what the user's configuration says. */
import type { LaposeConfig } from "../model/config.ts";
import { parseConfig } from "../model/parse_config.ts";
import { keypointSetByName, keypointSets } from "../people/keypoint_sets.ts";
import type { Tokenizer } from "../text/tokenizer.ts";
import type { Conversion } from "../weights/convert/convert.ts";
import { expertDataSets, expertNumber } from "../weights/convert/expert.ts";
import { UsageError } from "./command_error.ts";

/** What a configuration is joined of. */
export interface ConfigParts {
  /** What the checkpoints gave. */
  conversion: Conversion;
  /** The tokenizer; none without language. */
  tokenizer: Tokenizer | undefined;
  /** The user's choices. */
  options: ConfigChoices;
}

/** The user's choices that shape the configuration. */
export interface ConfigChoices {
  /** Name or file of the base configuration, for errors. */
  config: string;
  /** Expert of a ViTPose+ checkpoint, by the name of its data set or by number. */
  expert?: string | undefined;
  /** Keypoint set, when the number of keypoints does not tell. */
  keypoints?: string | undefined;
  /** Leave language and temporal parts out. */
  visionOnly?: boolean | undefined;
}

/**
 * Puts what the checkpoints say over the base configuration; widths that follow from them follow.
 *
 * @param base What holds where no checkpoint says.
 * @param parts Checkpoints, tokenizer and choices.
 * @returns The configuration.
 * @throws {UsageError} When the keypoint set cannot be told or does not fit the head.
 * @throws {TypeError} When the parts do not fit each other.
 */
export function joinConfig(
  base: LaposeConfig,
  { conversion, tokenizer, options }: ConfigParts,
): LaposeConfig {
  const { image, vision, head, text, keypointCount } = conversion.config;
  const config = structuredClone(base);
  if (image) config.image = image;
  if (vision) {
    config.vision = vision;
    const { width, heads, hidden } = vision;
    Object.assign(config.interaction, { heads, hidden, bottleneck: Math.max(1, Math.floor(width / 4)) });
  }
  if (head) config.head = head;
  if (text) {
    config.text = { ...config.text, ...text, maxTokens: Math.min(base.text.maxTokens, text.positions) };
  }
  if (tokenizer) {
    const { clsId, sepId, padId, vocabularySize } = tokenizer;
    Object.assign(config.text, { clsId, sepId, padId });
    if (vocabularySize > config.text.vocabularySize) {
      throw new TypeError(
        `Cannot convert: the tokenizer has ${vocabularySize} tokens, expected at most the ` +
          `${config.text.vocabularySize} rows of the word embedding`,
      );
    }
  }
  if (options.visionOnly) Object.assign(config, { language: false, temporal: false });
  config.keypoints = keypointsOf(keypointCount, options) ?? config.keypoints;
  return parseConfig(config, options.config);
}

/** The keypoint set by name, or by the number that the head finds. */
function keypointsOf(
  count: number | undefined,
  { keypoints: name, expert }: ConfigChoices,
): string | undefined {
  if (name !== undefined) {
    const set = keypointSetByName(name);
    if (count !== undefined && set.keypoints.length !== count) {
      throw new UsageError(
        `Cannot use keypoints ${name}: ${set.keypoints.length} of them, expected ${count}`,
      );
    }
    return set.name;
  }
  if (count === undefined) return undefined;
  const dataSet = expertDataSets[expertNumber(expert ?? 0)].name;
  if (["ap10k", "apt36k"].includes(dataSet)) {
    throw new UsageError(
      `Cannot tell the keypoint set of expert ${dataSet}: its ${count} keypoints may be an animal's, expected ` +
        `--keypoints`,
    );
  }
  // ViTPose's public heads of 17 are COCO's; PoseTrack's 17 must be asked for.
  const usual: Readonly<Record<number, string>> = {
    15: "posetrack15",
    16: "mpii16",
    17: "coco17",
    25: "body25",
  };
  const found = usual[count];
  if (found === undefined) {
    throw new UsageError(
      `Cannot tell the keypoint set of a head with ${count} keypoints, expected --keypoints with one of ${
        Object.keys(keypointSets).join(", ")
      }`,
    );
  }
  return found;
}
