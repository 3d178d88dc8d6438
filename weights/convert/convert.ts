/**
 * Public checkpoints as canonical LAPose tensors.
 *
 * Each kind of checkpoint is one table in `families/`: source names, canonical names, and how the ones become the
 * others. Names and shapes decide everything before a number is read; the numbers follow one canonical tensor at a
 * time. This folder knows the configuration's types and nothing else of the model.
 */

import type { Checkpoint } from "./checkpoint.ts";
import {
  batchNormEpsilon,
  type ConfigOptions,
  type ConversionConfig,
  defaultImage,
  textConfig,
  visionConfig,
} from "./conversion_config.ts";
import type { ConversionReport, ReportLine } from "./conversion_report.ts";
import { expertDataSets, expertNumber } from "./expert.ts";
import { type ConversionPlan, planConversion } from "./plan.ts";
import { followRecipe } from "./recipes.ts";
import { recognise } from "./recognise.ts";

/** How to convert. */
export interface ConvertOptions extends ConfigOptions {
  /**
   * Expert of a ViTPose+ checkpoint, by the name of its data set or by number.
   *
   * @default "coco"
   */
  expert?: string | number;
  /**
   * Whether positions that are resized are filtered wider along a shrinking axis, as timm does.
   *
   * @default true
   */
  antialias?: boolean;
  /**
   * What may be wrong: source tensors that are used for nothing, canonical tensors that nothing gives.
   *
   * @default []
   */
  allow?: readonly ("unused" | "missing")[];
}

/** A canonical tensor that is made when it is asked for. */
export interface ConvertedTensor {
  /** Extents. */
  readonly shape: readonly number[];
  /**
   * Makes the elements.
   *
   * @returns The elements in row-major order.
   * @throws {RangeError} When one is not finite.
   */
  read(): Promise<Float32Array<ArrayBuffer>>;
}

/** What checkpoints give. */
export interface Conversion {
  /** What they tell of the configuration. */
  config: ConversionConfig;
  /** Canonical tensors by name. The checkpoints must stay open while they are read. */
  tensors: ReadonlyMap<string, ConvertedTensor>;
  /** Where everything went. */
  report: ConversionReport;
}

/**
 * Converts checkpoints, at most one with a vision and one with a text encoder.
 *
 * @param checkpoints Open checkpoints.
 * @param options How to convert.
 * @returns Configuration, tensors and report.
 * @throws {TypeError} When a checkpoint is not recognised, two give the same part, shapes do not fit, the model is of
 * another kind, or something is unused or missing that is not allowed; everything is named.
 * @throws {RangeError} When there is no such expert, or attention heads or crop cannot be told.
 */
export function convert(checkpoints: readonly Checkpoint[], options: ConvertOptions = {}): Conversion {
  const plans = planAll(checkpoints, options);
  checkExpert(plans, options);
  const report = reportOf(checkpoints, plans, options);
  checkComplete(report, options.allow ?? []);
  const config = Object.assign(
    {},
    ...plans.map((plan) =>
      plan.family.part === "vision" ? visionConfig(plan, options) : textConfig(plan, options)
    ),
  );
  const tensors = new Map<string, ConvertedTensor>();
  for (const plan of plans) {
    for (const { name, shape, recipe, sources } of plan.tensors) {
      const read = async (): Promise<Float32Array<ArrayBuffer>> => {
        const values = [];
        for (const source of sources) values.push(await source.read());
        return followRecipe(recipe, { values, shapes: sources.map((source) => source.shape) }, plan.context);
      };
      tensors.set(name, { shape, read });
    }
  }
  return { config, tensors, report };
}

function planAll(checkpoints: readonly Checkpoint[], options: ConvertOptions): ConversionPlan[] {
  const plans: ConversionPlan[] = [];
  for (const checkpoint of checkpoints) {
    for (const recognised of recognise(checkpoint)) {
      const rival = plans.find(({ family }) => family.part === recognised.family.part);
      if (rival !== undefined) {
        throw new TypeError(
          `Cannot convert ${checkpoint.path} and ${rival.checkpoint.path}: both give a ${rival.family.part} encoder`,
        );
      }
      plans.push(planConversion(checkpoint, recognised, {
        expert: expertNumber(options.expert ?? 0),
        image: options.image ?? options.fallback?.image ?? defaultImage,
        antialias: options.antialias ?? true,
        batchNormEpsilon,
      }));
    }
  }
  return plans;
}

function checkExpert(plans: readonly ConversionPlan[], { expert }: ConvertOptions): void {
  if (expert !== undefined && !plans.some(({ experts }) => experts)) {
    throw new RangeError(`Cannot choose expert ${expert}: none of the checkpoints has experts`);
  }
}

function checkComplete(report: ConversionReport, allow: readonly string[]): void {
  const unused = allow.includes("unused") ? [] : report.unused.map((name) => `  unused ${name}`);
  const missing = allow.includes("missing") ? [] : report.missing.map((name) => `  missing ${name}`);
  if (unused.length + missing.length === 0) return;
  throw new TypeError(
    [
      `Cannot convert: ${unused.length} source tensors unused, ${missing.length} canonical tensors missing, ` +
      `expected none unless allowed`,
      ...unused,
      ...missing,
    ].join("\n"),
  );
}

function reportOf(
  checkpoints: readonly Checkpoint[],
  plans: readonly ConversionPlan[],
  options: ConvertOptions,
): ConversionReport {
  const report: ConversionReport = { recognised: [], lines: [], unused: [], missing: [], notes: [] };
  const expert = expertDataSets[expertNumber(options.expert ?? 0)].name;
  for (const { checkpoint, family, layers, head, experts, missing } of plans) {
    const part = family.part === "text"
      ? "text encoder"
      : head === undefined
      ? "vision encoder"
      : `${head} head`;
    report.recognised.push(`${checkpoint.path}: ${family.name}, ${layers} blocks, ${part}`);
    report.missing.push(...missing);
    if (family.part === "vision" && head === undefined) {
      report.notes.push(`${checkpoint.path} has no head: a new one has to be trained`);
    }
    if (experts) report.notes.push(`${checkpoint.path} has experts: that of ${expert} is kept`);
  }
  for (const checkpoint of checkpoints) {
    const own = plans.filter((plan) => plan.checkpoint === checkpoint);
    for (const tensor of checkpoint.tensors.values()) {
      const to = own.flatMap(({ tensors }) =>
        tensors.filter(({ sources }) => sources.includes(tensor)).map(({ name, recipe }) => ({
          name,
          recipe,
        }))
      );
      const dropped = own.map((plan) => plan.dropped.get(tensor)).find((reason) => reason !== undefined);
      const line: ReportLine = {
        checkpoint: checkpoint.path,
        tensor: tensor.storedName,
        module: tensor.name,
        to,
        dropped,
      };
      report.lines.push(line);
      if (to.length === 0 && dropped === undefined) {
        report.unused.push(`${tensor.name} of ${checkpoint.path}`);
      }
    }
  }
  return report;
}
