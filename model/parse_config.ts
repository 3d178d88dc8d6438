/** Reading a configuration from JSON: every field checked, unknown keys refused, all problems told at once. */
import { type LaposeConfig, namedConfig } from "./config.ts";

/** What a number in the configuration may be. */
const limits: Readonly<Record<string, { least: number; whole: boolean }>> = {
  "temporalSpan": { least: 0, whole: true },
  "vision.patchPadding": { least: 0, whole: true },
  "fusion.spatialLayers": { least: 0, whole: true },
  "fusion.temporalLayers": { least: 0, whole: true },
  "interaction.layers": { least: 0, whole: true },
  "text.clsId": { least: 0, whole: true },
  "text.sepId": { least: 0, whole: true },
  "text.padId": { least: 0, whole: true },
  "transport.lambda": { least: 1e-6, whole: false },
  "loss.gamma1": { least: 0, whole: false },
  "loss.gamma2": { least: 0, whole: false },
  "loss.eta": { least: 1e-6, whole: false },
};

/**
 * Checks a configuration read from JSON.
 *
 * @param value What was read.
 * @param origin Where it was read, named in the error.
 * @returns The configuration.
 * @throws {TypeError} Listing every missing, unknown and unfit field.
 *
 * @example
 * ```ts
 * import { namedConfig, parseConfig } from "@lapose/lapose";
 * import assert from "node:assert/strict";
 *
 * const config = parseConfig(JSON.parse(JSON.stringify(namedConfig("tiny"))), "tiny.json");
 * assert.deepEqual(config, namedConfig("tiny"));
 * assert.throws(() => parseConfig({ ...config, depth: 3 }, "mine.json"), /mine.json: unknown field depth/);
 * ```
 */
export function parseConfig(value: unknown, origin: string): LaposeConfig {
  const problems: string[] = [];
  compare(value, namedConfig("base"), { path: "", problems });
  if (problems.length === 0) relate(value as LaposeConfig, problems);
  if (problems.length > 0) {
    throw new TypeError(`Cannot use the configuration ${origin}: ${problems.join("; ")}`);
  }
  return value as LaposeConfig;
}

interface Report {
  path: string;
  problems: string[];
}

function compare(value: unknown, model: unknown, { path, problems }: Report): void {
  if (typeof model === "object") {
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      problems.push(`${path || "it"} is ${JSON.stringify(value)}, expected an object`);
      return;
    }
    const prefix = path ? `${path}.` : "";
    for (const key of Object.keys(value)) {
      if (!Object.hasOwn(model!, key)) problems.push(`unknown field ${prefix}${key}`);
    }
    for (const [key, expected] of Object.entries(model!)) {
      const found = (value as Record<string, unknown>)[key];
      if (found === undefined) problems.push(`missing field ${prefix}${key}`);
      else compare(found, expected, { path: `${prefix}${key}`, problems });
    }
    return;
  }
  if (typeof value !== typeof model) {
    problems.push(`${path} is ${JSON.stringify(value)}, expected a ${typeof model}`);
  } else if (typeof value === "number") {
    const { least, whole } = limits[path] ??
      (path.endsWith("epsilon") ? { least: 1e-30, whole: false } : { least: 1, whole: true });
    if (!(value >= least && Number.isFinite(value)) || (whole && !Number.isSafeInteger(value))) {
      problems.push(`${path} is ${value}, expected a ${whole ? "whole " : ""}number of at least ${least}`);
    }
  } else if (path === "head.kind" && value !== "classic" && value !== "simple") {
    problems.push(`head.kind is ${JSON.stringify(value)}, expected "classic" or "simple"`);
  }
}

/** Conditions between fields. */
function relate(config: LaposeConfig, problems: string[]): void {
  const { vision, text, interaction, image } = config;
  const divides = (heads: number, width: number, name: string) => {
    if (width % heads !== 0) problems.push(`${name}.heads is ${heads}, expected a divisor of ${width}`);
  };
  divides(vision.heads, vision.width, "vision");
  divides(text.heads, text.width, "text");
  if (!interaction.literal) divides(interaction.heads, vision.width, "interaction");
  if (text.maxTokens > text.positions) {
    problems.push(`text.maxTokens is ${text.maxTokens}, expected at most text.positions (${text.positions})`);
  }
  if (text.maxTokens < 2) {
    problems.push(`text.maxTokens is ${text.maxTokens}, expected at least 2 ([CLS] and [SEP])`);
  }
  for (const id of ["clsId", "sepId", "padId"] as const) {
    if (text[id] >= text.vocabularySize) {
      problems.push(`text.${id} is ${text[id]}, expected below text.vocabularySize (${text.vocabularySize})`);
    }
  }
  if (Math.min(image.height, image.width) + 2 * vision.patchPadding < vision.patchSize) {
    problems.push(
      `image is ${image.height} × ${image.width}, expected at least one patch of ${vision.patchSize}`,
    );
  }
}
