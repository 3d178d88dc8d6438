/** The JSON file that describes a training, checked where it enters. */
import { dirname, resolve } from "node:path";
import { type Augmentation, paperAugmentation } from "./augmentation.ts";
import { paperRates, type RateSchedule } from "./learning_rate.ts";

/** A training; paths are absolute. */
export interface TrainingConfig {
  /** Weights file to start from: converted checkpoints, or random weights. */
  readonly weights?: string;
  /** Name of a configuration or path of its JSON file, for random weights to start from. */
  readonly model?: string;
  /** Description of the data set to train on. */
  readonly train: string;
  /** Whether `model` is made without language and the neighbours in time: a plain ViTPose. */
  readonly visionOnly: boolean;
  /** Weights file whose tensors stand in for random ones of `model`; none: all are random. */
  readonly pretrained?: string;
  /** Description of the data set to validate on; none: no validation. */
  readonly validation?: string;
  /**
   * Descriptions of the data sets that an ablation is evaluated on, by name; none: the one of `validation`. A training
   * does not read them.
   */
  readonly evaluate?: Readonly<Record<string, string>>;
  /** Folder of checkpoints, log and curves. */
  readonly output: string;
  /** Seed of random weights, order and augmentation. */
  readonly seed: number;
  /** Times that all samples are seen. */
  readonly epochs: number;
  /** People in a batch. */
  readonly batch: number;
  /** Batches whose gradients make one step. */
  readonly accumulate: number;
  /** Learning rates. */
  readonly rates: RateSchedule;
  /** Decoupled weight decay. */
  readonly decay: number;
  /** Largest norm of all gradients together; 0: no clipping. */
  readonly clip: number;
  /** What the rate of each ViT block is of the block above it; 0: the ViT is frozen. */
  readonly layerDecay: number;
  /** Whether the text encoder learns too. */
  readonly trainText: boolean;
  /** Whether blocks are computed again on the way back: less memory, more time. */
  readonly recompute: boolean;
  /** Augmentation. */
  readonly augmentation: Augmentation;
  /** Epochs between two validations. */
  readonly validateEvery: number;
  /** Steps between two checkpoints; 0: at the end of epochs only. */
  readonly checkpointEvery: number;
}

const keys = [
  "weights",
  "model",
  "visionOnly",
  "pretrained",
  "train",
  "validation",
  "evaluate",
  "output",
  "seed",
  "epochs",
  "batch",
  "accumulate",
  "rate",
  "rateSteps",
  "warmUp",
  "decay",
  "clip",
  "layerDecay",
  "trainText",
  "recompute",
  "augmentation",
  "validateEvery",
  "checkpointEvery",
];

/**
 * Checks a parsed training file: `train`, `output` and one of `weights` and `model` are required; the rest is the
 * paper's (§ Implementation Details) where absent: 20 epochs, rate 2e-4 with its steps, the augmentation.
 *
 * @param value The parsed file.
 * @param file Its path, for messages and relative paths.
 * @returns The training.
 * @throws {TypeError} Listing every fault.
 */
export function parseTrainingConfig(value: unknown, file: string): TrainingConfig {
  const faults: string[] = [];
  const source = isObject(value) ? value : {};
  if (!isObject(value)) faults.push(`it is ${JSON.stringify(value)}, expected an object`);
  unknownKeys(source, keys, "");
  const folder = dirname(resolve(file));
  const config: TrainingConfig = {
    ...optional("weights", path),
    ...optional("model", (key) => {
      const name = text(key);
      return name.endsWith(".json") ? resolve(folder, name) : name;
    }),
    visionOnly: flag("visionOnly", false),
    ...optional("pretrained", path),
    train: path("train"),
    ...optional("validation", path),
    ...optional("evaluate", paths),
    output: path("output"),
    seed: number("seed", 1, { from: 0, whole: true }),
    epochs: number("epochs", 20, { from: 1, whole: true }),
    batch: number("batch", 16, { from: 1, whole: true }),
    accumulate: number("accumulate", 1, { from: 1, whole: true }),
    rates: {
      base: number("rate", paperRates.base, { from: 0 }),
      steps: steps(),
      warmUp: number("warmUp", 0, { from: 0, whole: true }),
    },
    decay: number("decay", 0.05, { from: 0 }),
    clip: number("clip", 1, { from: 0 }),
    layerDecay: number("layerDecay", 1, { from: 0 }),
    trainText: flag("trainText", false),
    recompute: flag("recompute", false),
    augmentation: augmentation(),
    validateEvery: number("validateEvery", 1, { from: 1, whole: true }),
    checkpointEvery: number("checkpointEvery", 0, { from: 0, whole: true }),
  };
  if ((source.weights === undefined) === (source.model === undefined)) {
    faults.push("expected either weights or model");
  }
  for (const key of ["pretrained", "visionOnly"]) {
    if (source[key] === undefined || source.model !== undefined) continue;
    faults.push(`${key} is given without model, expected it beside model alone`);
  }
  if (faults.length > 0) throw new TypeError(`Cannot read the training ${file}: ${faults.join("; ")}`);
  return config;

  function unknownKeys(object: Record<string, unknown>, known: readonly string[], prefix: string): void {
    for (const key of Object.keys(object)) {
      if (!known.includes(key)) faults.push(`${prefix}${key} is unknown, expected ${known.join(", ")}`);
    }
  }

  function optional<K extends string, T>(key: K, read: (key: K) => T): { [key in K]?: T } {
    return source[key] === undefined ? {} : { [key]: read(key) } as { [key in K]?: T };
  }

  function text(key: string): string {
    const found = source[key];
    if (typeof found === "string" && found !== "") return found;
    faults.push(`${key} is ${JSON.stringify(found)}, expected a text`);
    return "";
  }

  function path(key: string): string {
    return resolve(folder, text(key));
  }

  function paths(key: string): Record<string, string> {
    const found = source[key];
    const isNamed = ([name, value]: [string, unknown]) =>
      /^\w[\w-]*$/.test(name) && typeof value === "string" && value !== "";
    if (isObject(found) && Object.keys(found).length > 0 && Object.entries(found).every(isNamed)) {
      return Object.fromEntries(
        Object.entries(found).map(([name, value]) => [name, resolve(folder, value as string)]),
      );
    }
    faults.push(
      `${key} is ${
        JSON.stringify(found)
      }, expected paths by names of letters, digits, hyphens and underscores`,
    );
    return {};
  }

  function flag(key: string, absent: boolean): boolean {
    const found = source[key] ?? absent;
    if (typeof found === "boolean") return found;
    faults.push(`${key} is ${JSON.stringify(found)}, expected true or false`);
    return absent;
  }

  function number(
    key: string,
    absent: number,
    { from, to = Infinity, whole = false, object = source, prefix = "" }: {
      from: number;
      to?: number;
      whole?: boolean;
      object?: Record<string, unknown>;
      prefix?: string;
    },
  ): number {
    const found = object[key] ?? absent;
    const fits = typeof found === "number" && found >= from && found <= to && found < Infinity;
    if (fits && (!whole || Number.isInteger(found))) return found;
    const bounds = to === Infinity ? `of at least ${from}` : `from ${from} to ${to}`;
    faults.push(
      `${prefix}${key} is ${JSON.stringify(found)}, expected a ${whole ? "whole " : ""}number ${bounds}`,
    );
    return absent;
  }

  function steps(): RateSchedule["steps"] {
    const found = source.rateSteps;
    if (found === undefined) return paperRates.steps;
    const isStep = (step: unknown) =>
      Array.isArray(step) && step.length === 2 && step.every((part) => Number.isFinite(part) && part >= 0);
    if (Array.isArray(found) && found.every(isStep)) return found as RateSchedule["steps"];
    faults.push(`rateSteps is ${JSON.stringify(found)}, expected pairs of epoch and factor`);
    return [];
  }

  function augmentation(): Augmentation {
    const found = source.augmentation ?? {};
    if (!isObject(found)) {
      faults.push(`augmentation is ${JSON.stringify(found)}, expected an object`);
      return paperAugmentation;
    }
    unknownKeys(found, ["rotation", "scale", "flip", "halfBody"], "augmentation.");
    const { rotation, scale, flip, halfBody } = paperAugmentation;
    const range = found.scale ?? scale;
    const isRange = Array.isArray(range) && range.length === 2 && range[0] > 0 && range[1] >= range[0];
    if (!isRange) faults.push(`augmentation.scale is ${JSON.stringify(range)}, expected [smallest, largest]`);
    const of = { object: found, prefix: "augmentation." };
    return {
      rotation: number("rotation", rotation, { from: 0, to: 180, ...of }),
      scale: isRange ? range as [number, number] : scale,
      flip: number("flip", flip, { from: 0, to: 1, ...of }),
      halfBody: number("halfBody", halfBody, { from: 0, to: 1, ...of }),
    };
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
