import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import type { DatasetConfig } from "./dataset_config.ts";
import { Field } from "./field.ts";
import { readJsonFile } from "./json_file.ts";
import { writeWholeFile } from "../files/whole_file.ts";

/** What a results folder was made with, kept in it so that a later run does not mix models or settings. */
const manifestName = ".lapose-run.json";

/**
 * Opens a results folder for a run: a new one is marked with model and settings, an earlier one must bear the same mark.
 * Remains of a run that was killed are removed; its finished sequences stay.
 *
 * @param config Data set; its results folder is opened.
 * @param model What identifies the model, for example path and digest of the weights.
 * @param options `fresh` forgets an earlier run's mark and results.
 * @throws {Error} If the folder belongs to another model or other settings; what differs is named.
 */
export async function openRun(
  config: DatasetConfig,
  model: string,
  options: { fresh: boolean },
): Promise<void> {
  const folder = config.results;
  const present = await readdir(folder).catch((): string[] => []);
  for (const name of present) {
    if (/^\..+\.json\.partial-\d+$/.test(name)) await rm(join(folder, name), { force: true });
  }
  const mark = manifestOf(config, model);
  const file = join(folder, manifestName);
  if (present.includes(manifestName)) {
    const earlier = new Field(await readJsonFile(file), file).object();
    if (!options.fresh) {
      const differences = Object.keys(mark).filter((key) =>
        JSON.stringify(earlier[key]) !== JSON.stringify(mark[key])
      );
      if (differences.length > 0) {
        const list = differences.map((key) =>
          `${key} was ${JSON.stringify(earlier[key])} and is ${JSON.stringify(mark[key])}`
        );
        throw new Error(
          `Cannot continue the run in ${folder}: ${
            list.join("; ")
          }; expected the same, another results folder, or a ` +
            "fresh start",
        );
      }
      return;
    }
    for (const name of present) {
      if (name.endsWith(".json") && !name.startsWith(".")) await rm(join(folder, name));
    }
  } else if (present.some((name) => name.endsWith(".json") && !name.startsWith("."))) {
    throw new Error(
      `Cannot start a run in ${folder}: it holds JSON files of another origin, expected an empty or missing folder`,
    );
  }
  await writeWholeFile(file, JSON.stringify(mark, undefined, 2) + "\n");
}

function manifestOf(config: DatasetConfig, model: string): Record<string, unknown> {
  const { annotations, images, boxes, frames, flipTest, tracks, description, descriptions } = config;
  return {
    model,
    annotations,
    images,
    boxes,
    frames,
    flipTest,
    tracks,
    description: description ?? null,
    descriptions: descriptions ?? null,
  };
}
