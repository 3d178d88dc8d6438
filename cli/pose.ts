/** `pose`: frames in, `poses.json` and overlays out. */
import { join, parse } from "node:path";
import type { DeviceChoice } from "../estimation/choose_engine.ts";
import type { LAPose } from "../estimation/lapose.ts";
import { removeTemporaryFolders } from "../estimation/temporary_folders.ts";
import { releaseMemory } from "../files/release_memory.ts";
import { openBoxes } from "../people/boxes.ts";
import type { DecodeMode } from "../people/decode.ts";
import { type FrameSource, openFrames } from "../people/frames.ts";
import { OverlayPainter } from "../people/overlay.ts";
import { PosesFileWriter } from "../people/poses_file.ts";
import type { ResultImage } from "../posetrack/results.ts";
import { type ResultFormat, writeResults } from "../posetrack/write_results.ts";
import type { AskOptions } from "./ask_server.ts";
import { UsageError } from "./command_error.ts";
import { writeExplanations } from "./explanations.ts";
import { onInterruption } from "./interruption.ts";
import { loadModel } from "./load_model.ts";
import { note } from "./note.ts";
import { createProgress } from "./progress.ts";
import { ResultFolder } from "./result_folder.ts";

/** Options of the `pose` command. */
export interface PoseCommandOptions {
  /** The weights file. */
  weights: string;
  /** A boxes file, or `"full"`. */
  boxes: string;
  /** Least score of a detection. */
  boxScore: number;
  /** The description. */
  text?: string | undefined;
  /** Ask a multimodal model for the description; how is in `ask`. */
  describe?: boolean | undefined;
  /** File that keeps what the model said. */
  descriptions?: string | undefined;
  /** How the multimodal model is reached. */
  ask?: AskOptions | undefined;
  /** A picture per person of what the description did. */
  explain?: boolean | undefined;
  /** Folder of the results. */
  out?: string | undefined;
  /** False writes no pictures. */
  overlays: boolean;
  /** Least score of a drawn joint. */
  jointScore: number;
  /** Where to run. */
  device: DeviceChoice;
  /** How weights and activations are kept in GPU memory. */
  dtype?: "f32" | "f16" | undefined;
  /** False does not time kernels at first use. */
  tune?: boolean | undefined;
  /** Hold boxes still while people hardly move. */
  steadyBoxes?: boolean | undefined;
  /** Average with the mirrored crop. */
  flipTest?: boolean | undefined;
  /** How a peak becomes a position. */
  decode: DecodeMode;
  /** A second form of the results, in the same folder. */
  format?: ResultFormat | undefined;
  /** Print the poses file on standard output. */
  json?: boolean | undefined;
  /** No progress and no notes. */
  quiet?: boolean | undefined;
}

/** What a run did. */
export interface PoseSummary {
  /** Frames posed. */
  frames: number;
  /** Poses found. */
  poses: number;
  /** Seconds spent on them. */
  seconds: number;
}

/**
 * Poses every frame of the input and writes or prints the results.
 *
 * @param inputs One folder or video, or one or more images.
 * @param options The command's options.
 * @returns What was done.
 */
export async function poseCommand(inputs: string[], given: PoseCommandOptions): Promise<PoseSummary> {
  checkOptions(given);
  const source = await openFrames(inputs);
  const boxes = await openBoxes(given.boxes, source, { threshold: given.boxScore });
  const options = await withDescription(inputs, given);
  using _ = onInterruption(removeTemporaryFolders);
  await using model = await loadModel(options.weights, options);
  if (options.explain && !model.config.language) {
    throw new Error(
      `Cannot explain poses by ${options.weights}: the weights have no language part, leave --explain out`,
    );
  }
  describePath(model, options);
  await using folder = await ResultFolder.open(options.out);
  const images: ResultImage[] = [];
  const summary = await poseClip(model, { source, inputs, boxes, folder, options, images });
  if (options.format !== undefined) {
    const sequence = { name: source.clip, keypoints: model.keypoints, images };
    const { missing } = await writeResults(folder.path(), [sequence], { format: options.format });
    if (missing.length > 0) {
      note(`${options.format} wants joints that the model lacks: ${missing.join(", ")}`, options);
    }
  }
  await folder.finish();
  if (options.json) {
    await printFile(folder.file("poses.json"));
  } else {
    const rate = (summary.frames / summary.seconds).toFixed(2);
    console.log(`${summary.poses} poses in ${summary.frames} frames, ${rate} frames/s on ${model.device}`);
    if (options.out !== undefined) console.log(`Results: ${join(options.out, "poses.json")}`);
    if (options.out !== undefined && options.overlays) {
      console.log(`Pictures: ${join(options.out, "overlays")}`);
    }
    if (options.out !== undefined && options.explain) {
      console.log(`Explanations: ${join(options.out, "explanations")}`);
    }
  }
  return summary;
}

interface Clip {
  source: FrameSource;
  inputs: string[];
  boxes: Awaited<ReturnType<typeof openBoxes>>;
  folder: ResultFolder;
  options: PoseCommandOptions;
  /** Takes the poses of every frame when a second form is wanted. */
  images: ResultImage[];
}

async function poseClip(
  model: LAPose,
  { source, inputs, boxes, folder, options, images }: Clip,
): Promise<PoseSummary> {
  const { text, flipTest, decode, overlays, jointScore, explain, quiet } = options;
  const painter = overlays && options.out !== undefined
    ? new OverlayPainter({ keypointSet: model.keypoints, threshold: jointScore })
    : undefined;
  const progress = createProgress("Posing", { unit: "frames", total: source.length, quiet });
  await using writer = await PosesFileWriter.create(folder.path("poses.json"), {
    keypointSet: model.keypoints,
    clip: source.clip,
    info: {
      weights: parse(options.weights).base,
      provenance: model.provenance,
      description: text ?? null,
      device: model.device,
    },
  });
  const pictures = new Set<string>();
  const summary = { frames: 0, poses: 0, seconds: 0 };
  const started = performance.now();
  const input = inputs.length === 1 ? inputs[0] : inputs;
  for await (
    const { index, name, frame, poses } of model.video(input, {
      boxes,
      steadyBoxes: options.steadyBoxes,
      description: text,
      flipTest,
      decode,
      explain,
    })
  ) {
    await writer.add({ index, name, width: frame.width, height: frame.height }, poses);
    if (options.format !== undefined) {
      images.push({ id: index + 1, fileName: name, width: frame.width, height: frame.height, poses });
    }
    const picture = pictureName(name, pictures);
    if (painter) {
      const bytes = await painter.paint(frame, poses);
      await Deno.writeFile(folder.path("overlays", `${picture}.png`), bytes);
      releaseMemory(bytes);
    }
    if (explain) {
      const { keypoints } = model;
      await writeExplanations(folder, { name, picture, frame, poses, keypoints, jointScore });
    }
    summary.frames++;
    summary.poses += poses.length;
    progress.update(summary.frames);
  }
  summary.seconds = (performance.now() - started) / 1000;
  progress.finish();
  if (summary.frames === 0) {
    throw new Error(`Cannot pose ${inputs.join(", ")}: found no frame, expected at least one`);
  }
  await writer.finish();
  return summary;
}

function checkOptions({ format, explain, text, describe, out }: PoseCommandOptions): void {
  const needs = (what: string, wanted: string): never => {
    throw new UsageError(`Cannot write ${what}: expected ${wanted}`);
  };
  if (format !== undefined && out === undefined) needs("--format without a place", "--out FOLDER");
  if (explain && out === undefined) needs("explanations without a place", "--out FOLDER");
  if (explain && text === undefined && !describe) {
    needs("explanations without a description", "--text or --describe");
  }
  if (text !== undefined && describe) throw new UsageError("Cannot use --text and --describe together");
}

/** The options with the description that a multimodal model gave, when it was to be asked. */
async function withDescription(inputs: string[], options: PoseCommandOptions): Promise<PoseCommandOptions> {
  if (!options.describe) return options;
  const { describeClip } = await import("./ask_server.ts");
  const to = options.descriptions ?? "descriptions.jsonl";
  const text = await describeClip(inputs.length === 1 ? inputs[0] : inputs, { ...options.ask, to });
  note(`description: ${text}`, options);
  return { ...options, text };
}

/** Name of a frame's picture without ending; frames that differ in their ending or come twice get pictures of their own. */
function pictureName(frame: string, taken: Set<string>): string {
  const flat = frame.replaceAll("/", "_");
  let name = parse(flat).name;
  if (taken.has(name)) name = flat;
  for (let i = 2; taken.has(name); i++) name = `${flat} (${i})`;
  taken.add(name);
  return name;
}

/** Says once which path the model takes, and what it cannot know. */
function describePath(model: LAPose, { text, quiet }: PoseCommandOptions): void {
  const say = (message: string) => note(message, { quiet });
  if (model.provenance.startsWith("untrained")) {
    say(`the weights are ${model.provenance}: poses mean nothing`);
  }
  if (text === undefined) {
    say("no description (--text or --describe): the model runs its visual-only path");
  } else if (!model.config.language) {
    say("the weights have no language part: --text is ignored");
  } else if (model.tokenize(text)?.truncated[0]) {
    say(`the description is longer than ${model.config.text.maxTokens} tokens: its end is left out`);
  }
}

async function printFile(path: string): Promise<void> {
  using file = await Deno.open(path);
  await file.readable.pipeTo(Deno.stdout.writable, { preventClose: true });
}
