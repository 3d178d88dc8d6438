/** Runs `convert` as a process of its own, on the golden checkpoints. */
import { join } from "node:path";
import { namedConfig } from "../../model/config.ts";
import { type Outcome, runCli } from "./run_cli.ts";

/** A vocabulary as long as the golden text encoders' word embeddings. */
const words = [
  "[PAD]",
  "[UNK]",
  "[CLS]",
  "[SEP]",
  "[MASK]",
  "a",
  "man",
  ...new Array(34).fill(0).map((_, i) => `w${i}`),
];
export const vocabulary = `${words.join("\n")}\n`;

/** What the golden checkpoints without a config.json do not say. */
export function smallConfig() {
  const config = namedConfig("base");
  Object.assign(config.image, { height: 128, width: 96 });
  Object.assign(config.vision, { width: 8, heads: 2, hidden: 16, layers: 1, patchSize: 8 });
  Object.assign(config.text, { width: 12, heads: 3, hidden: 20, layers: 1, positions: 16, maxTokens: 16 });
  Object.assign(config.interaction, { heads: 2, hidden: 16, bottleneck: 2 });
  return config;
}

/** Runs `convert` in a folder that has `small.json` and `vocab.txt`. */
export async function convertIn(folder: string, ...args: string[]): Promise<Outcome> {
  await Deno.writeTextFile(join(folder, "small.json"), JSON.stringify(smallConfig()));
  await Deno.writeTextFile(join(folder, "vocab.txt"), vocabulary);
  return await runCli(["convert", "--to", "out.onnx", ...args], { cwd: folder });
}
