/** `synthesize`: clips of drawn people with annotations and descriptions, to train on and to evaluate with. */
import { relative } from "node:path";
import { synthesisFaults, type SynthesisOptions, writeDataset } from "../training/synthetic/write_dataset.ts";
import { UsageError } from "./command_error.ts";
import { createProgress } from "./progress.ts";

/** Options of the `synthesize` command. */
export interface SynthesizeOptions {
  /** Number of clips. */
  clips: number;
  /** Seed: below 1000 for training, from 1000 on for evaluation. */
  seed: number;
  /** Strength of the degradations of every second clip, from 0 (none) to 1. */
  degraded: number;
  /** The folder to write. */
  to: string;
  /**
   * Frames of a clip.
   *
   * @default 10
   */
  frames?: number | undefined;
  /**
   * Width and height of a frame in pixels.
   *
   * @default "320x240"
   */
  size?: string | undefined;
  /** No progress. */
  quiet?: boolean | undefined;
  /** Prints the result; standard output when absent. */
  print?: (text: string) => void;
}

/**
 * Draws a data set and says what to do with it.
 *
 * @param options What to draw and where to.
 * @throws {UsageError} If options are out of bounds; all faults at once.
 * @throws {Error} If the folder holds something else or cannot be written.
 */
export async function synthesizeCommand(options: SynthesizeOptions): Promise<void> {
  const { clips, seed, degraded, to, frames = 10, quiet, print = console.log } = options;
  const synthesis: SynthesisOptions = {
    clips,
    seed,
    degraded,
    frames,
    size: parseSize(options.size ?? "320x240"),
  };
  const faults = synthesisFaults(synthesis);
  if (to === "") faults.push("the folder is empty, expected --to FOLDER");
  if (faults.length > 0) throw new UsageError(`Cannot synthesize clips: ${faults.join("; ")}`);
  const progress = createProgress("Drawing", { unit: "frames", total: clips * frames, quiet });
  const written = await writeDataset(to, { ...synthesis, onProgress: (done) => progress.update(done) })
    .finally(() => progress.finish());
  const use = written.split === "val" ? "held out: for evaluation" : "for training";
  const hard = written.degraded === 0 ? "none degraded" : `${written.degraded} of them degraded`;
  print(
    `${
      written.wasThere ? "Found" : "Wrote"
    } ${to}: ${written.clips} clips (${hard}), ${written.frames} frames, ${use}.`,
  );
  print(`Evaluate with: eval WEIGHTS --dataset ${relative(Deno.cwd(), written.dataset)} --json`);
}

function parseSize(text: string): { width: number; height: number } {
  const match = /^(\d+)[x×](\d+)$/.exec(text);
  if (match === null) {
    throw new UsageError(
      `Cannot synthesize clips: the size is "${text}", expected WIDTHxHEIGHT such as 320x240`,
    );
  }
  return { width: Number(match[1]), height: Number(match[2]) };
}
