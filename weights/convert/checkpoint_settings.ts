import type { CheckpointSettings } from "./checkpoint.ts";

/** Settings of a checkpoint that says nothing of itself. */
export const unknownSettings: CheckpointSettings = {
  modelType: undefined,
  heads: undefined,
  epsilon: undefined,
  activation: undefined,
  positions: undefined,
  image: undefined,
};

/**
 * Reads what conversion needs of a Hugging Face `config.json`; other keys do not matter.
 *
 * @param text Text of the file.
 * @param path Path of the file, for messages.
 * @returns The settings; of a pose model, those of its backbone.
 * @throws {SyntaxError} When the text is no JSON object.
 * @throws {TypeError} When a setting is of the wrong kind.
 */
export function parseCheckpointSettings(text: string, path: string): CheckpointSettings {
  let config: unknown;
  try {
    config = JSON.parse(text);
  } catch (error) {
    throw new SyntaxError(`Cannot read settings ${path}: ${String(error)}`, { cause: error });
  }
  if (!isRecord(config)) throw new SyntaxError(`Cannot read settings ${path}: it is no JSON object`);
  const backbone = isRecord(config.backbone_config) ? config.backbone_config : undefined;
  const encoder = { path, record: backbone ?? config };
  return {
    modelType: textSetting({ path, record: config }, "model_type"),
    heads: numberSetting(encoder, "num_attention_heads"),
    epsilon: numberSetting(encoder, "layer_norm_eps"),
    activation: textSetting(encoder, "hidden_act"),
    positions: textSetting(encoder, "position_embedding_type"),
    image: backbone === undefined ? undefined : imageSetting(encoder),
  };
}

/** An object of a settings file. */
interface SettingsRecord {
  path: string;
  record: Record<string, unknown>;
}

function numberSetting({ path, record }: SettingsRecord, key: string): number | undefined {
  const value = record[key] ?? undefined;
  if (value === undefined || typeof value === "number") return value;
  throw wrongKind(path, key, { value, wanted: "a number" });
}

function textSetting({ path, record }: SettingsRecord, key: string): string | undefined {
  const value = record[key] ?? undefined;
  if (value === undefined || typeof value === "string") return value;
  throw wrongKind(path, key, { value, wanted: "a text" });
}

function imageSetting({ path, record }: SettingsRecord): { height: number; width: number } | undefined {
  const value = record.image_size ?? undefined;
  if (value === undefined) return undefined;
  if (typeof value === "number") return { height: value, width: value };
  if (Array.isArray(value) && value.length === 2 && value.every((item) => typeof item === "number")) {
    return { height: value[0], width: value[1] };
  }
  throw wrongKind(path, "image_size", { value, wanted: "[height, width]" });
}

function wrongKind(
  path: string,
  key: string,
  { value, wanted }: { value: unknown; wanted: string },
): TypeError {
  return new TypeError(
    `Cannot read settings ${path}: ${key} is ${JSON.stringify(value)}, expected ${wanted}`,
  );
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
