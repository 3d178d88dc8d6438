/**
 * Synthetic clips of people with what is true about them: frames, annotations, descriptions and the data set's config.
 *
 * The folder draws; it knows nothing of models and devices. `clip.ts` says what a clip is, `scene.ts` what it shows,
 * `actions/` what people do, `render.ts` draws it, `annotate.ts` and `describe_scene.ts` say what is to be seen.
 */
import { basename, dirname, join, resolve } from "node:path";
import { writeWholeFile } from "../../files/whole_file.ts";
import {
  type Clip,
  type ClipSettings,
  frameRate,
  makeClip,
  mostClips,
  mostSeeds,
  type Split,
  splitOf,
} from "./clip.ts";
import { clipDocument, frameName } from "./clip_document.ts";
import { describeScene } from "./describe_scene.ts";
import { Renderer } from "./render.ts";

/** What is written. */
export interface SynthesisOptions extends ClipSettings {
  /** Number of clips. */
  clips: number;
  /** Called with the number of frames that are there, after every clip. */
  onProgress?: (frames: number) => void;
}

/** What was written. */
export interface SynthesizedDataset {
  /** Path of the data set's description, for `eval --dataset`. */
  dataset: string;
  /** Part of the data that the seed belongs to. */
  split: Split;
  /** Number of clips. */
  clips: number;
  /** Number of clips that were made hard to see. */
  degraded: number;
  /** Number of frames. */
  frames: number;
  /** Whether an earlier run had written all of it. */
  wasThere: boolean;
}

/** Changes when the same settings would draw something else. */
const version = 1;

/** File that tells a finished folder by its settings. */
const manifestName = "synthetic.json";

/**
 * Says what is wrong with options.
 *
 * @param options The options.
 * @returns One clause per fault.
 */
export function synthesisFaults({ clips, seed, degraded, frames, size }: SynthesisOptions): string[] {
  const faults: string[] = [];
  const whole = (name: string, value: number, bounds: readonly [number, number]) => {
    if (Number.isInteger(value) && value >= bounds[0] && value <= bounds[1]) return;
    faults.push(`${name} is ${value}, expected a whole number from ${bounds[0]} to ${bounds[1]}`);
  };
  whole("clips", clips, [1, mostClips]);
  whole("seed", seed, [0, mostSeeds - 1]);
  if (!(degraded >= 0 && degraded <= 1)) {
    faults.push(`degraded is ${degraded}, expected a number from 0 to 1`);
  }
  whole("frames", frames, [1, 9999]);
  whole("width", size.width, [64, 1920]);
  whole("height", size.height, [64, 1920]);
  return faults;
}

/**
 * Writes a data set: `images/`, `annotations/`, `descriptions.jsonl`, `synthetic.json` (the settings and what every
 * clip shows) and `dataset.json`; with degradations also `dataset_clean.json` and `dataset_degraded.json` over the
 * halves. The same settings give the same bytes.
 *
 * The folder appears when it is complete. Until then it is built in a hidden folder beside it, and a run that was
 * killed is continued by the next one with the same settings. A complete folder of the same settings is left alone.
 *
 * @param folder The folder.
 * @param options What it shall hold.
 * @returns What it holds.
 * @throws {RangeError} If options are out of bounds; all faults at once.
 * @throws {Error} If the folder holds something else, another process is writing it, or it cannot be written.
 */
export async function writeDataset(folder: string, options: SynthesisOptions): Promise<SynthesizedDataset> {
  const faults = synthesisFaults(options);
  if (faults.length > 0) throw new RangeError(`Cannot synthesize clips: ${faults.join("; ")}`);
  const { clips, seed, degraded, frames, size } = options;
  const settings = JSON.stringify({
    version,
    clips,
    seed,
    degraded,
    frames,
    size: [size.width, size.height],
  });
  const target = resolve(folder);
  const split = splitOf(seed);
  const summary = {
    dataset: join(target, "dataset.json"),
    split,
    clips,
    degraded: degraded > 0 ? Math.floor(clips / 2) : 0,
    frames: clips * frames,
  };
  if (await isFinished(target, settings)) return { ...summary, wasThere: true };
  const partial = join(dirname(target), `.${basename(target)}.partial`);
  const lock = await openPartial(partial, settings);
  try {
    await fill(partial, { ...options, split, settings });
    await Deno.remove(join(partial, "lock"));
    await Deno.remove(target).catch(() => {}); // an empty folder in its place
    await Deno.rename(partial, target);
  } finally {
    lock.close();
  }
  return { ...summary, wasThere: false };
}

/** Whether the folder holds these clips already; anything else in it must not be lost. */
async function isFinished(target: string, settings: string): Promise<boolean> {
  let entries: Deno.DirEntry[];
  try {
    entries = await Array.fromAsync(Deno.readDir(target));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw new Error(`Cannot write clips to ${target}: ${error instanceof Error ? error.message : error}`, {
      cause: error,
    });
  }
  if (entries.length === 0) return false;
  const manifest = await Deno.readTextFile(join(target, manifestName)).catch(() => undefined);
  if (manifest === undefined) {
    throw new Error(
      `Cannot write clips to ${target}: found ${entries[0].name}, expected an empty or missing folder`,
    );
  }
  const { settings: found } = JSON.parse(manifest) as { settings: unknown };
  if (JSON.stringify(found) === settings) return true;
  throw new Error(
    `Cannot write clips to ${target}: found clips of ${
      JSON.stringify(found)
    }, expected a missing folder or ${settings}`,
  );
}

/** Makes the hidden folder, or goes on with one of the same settings; holds it against other processes. */
async function openPartial(partial: string, settings: string): Promise<Deno.FsFile> {
  const settingsFile = join(partial, "settings");
  await Deno.mkdir(partial, { recursive: true });
  let lock = await Deno.open(join(partial, "lock"), { create: true, write: true });
  if (!await lock.tryLock(true)) {
    lock.close();
    throw new Error(`Cannot write clips to ${partial}: another process is writing them, expected none`);
  }
  const found = await Deno.readTextFile(settingsFile).catch(() => undefined);
  if (found === settings) return lock;
  lock.close();
  await Deno.remove(partial, { recursive: true });
  await Deno.mkdir(partial);
  lock = await Deno.open(join(partial, "lock"), { create: true, write: true });
  await lock.lock(true);
  await writeWholeFile(settingsFile, settings);
  return lock;
}

/** Draws all clips that are not there yet, and writes what is true of all. */
async function fill(
  folder: string,
  options: SynthesisOptions & { split: Split; settings: string },
): Promise<void> {
  const { clips, degraded, frames, split, settings, onProgress } = options;
  const lines: string[] = [];
  const shown: unknown[] = [];
  for (let index = 0; index < clips; index++) {
    const clip = makeClip(options, index);
    const { text, people } = describeScene(clip.scene, `words of ${clip.name}`);
    if (people.length > 1) {
      people.forEach((about, person) => lines.push(JSON.stringify({ clip: clip.name, person, text: about })));
    }
    lines.push(JSON.stringify({ clip: clip.name, text }));
    shown.push(summaryOf(clip));
    const file = join("annotations", split, `${clip.name}.json`);
    if (await Deno.stat(join(folder, file)).then(() => false, () => true)) {
      await writeFrames(folder, clip, split);
      const document = JSON.stringify(clipDocument(clip, split));
      if (degraded > 0) {
        const half = `${split}_${clip.isDegraded ? "degraded" : "clean"}`;
        await writeWholeFile(join(folder, "annotations", half, `${clip.name}.json`), document);
      }
      await writeWholeFile(join(folder, file), document); // the last file of a clip: it is complete
    }
    onProgress?.((index + 1) * frames);
  }
  await writeWholeFile(join(folder, "descriptions.jsonl"), `${lines.join("\n")}\n`);
  const halves = degraded === 0 ? [""] : clips === 1 ? ["", "_clean"] : ["", "_clean", "_degraded"];
  for (const half of halves) {
    const config = {
      annotations: `annotations/${split}${half}`,
      images: ".",
      boxes: "annotations",
      results: `results/${split}${half}`,
      descriptions: "descriptions.jsonl",
    };
    await writeWholeFile(join(folder, `dataset${half}.json`), `${JSON.stringify(config, null, 2)}\n`);
  }
  const manifest = { settings: JSON.parse(settings), split, frame_rate: frameRate, clips: shown };
  await writeWholeFile(join(folder, manifestName), `${JSON.stringify(manifest, null, 1)}\n`);
  await Deno.remove(join(folder, "settings"));
}

async function writeFrames(folder: string, clip: Clip, split: Split): Promise<void> {
  const renderer = new Renderer(clip.scene);
  await Deno.mkdir(join(folder, dirname(frameName(clip, 0, split))), { recursive: true });
  for (const [index, time] of clip.times.entries()) {
    const bytes = renderer.render(time).encodeSync("jpeg", clip.scene.quality);
    await Deno.writeFile(join(folder, frameName(clip, index, split)), bytes);
  }
}

function summaryOf({ name, isDegraded, scene }: Clip): unknown {
  return {
    name,
    place: scene.place,
    degraded: isDegraded,
    degradations: scene.degradations,
    people: scene.people.map(({ activity: { action, base, gesture } }) => ({
      action,
      ...(gesture === undefined ? {} : { stance: base.movement.name }),
      ...((gesture ?? base).side === undefined ? {} : { side: (gesture ?? base).side }),
    })),
  };
}
