import { basename } from "node:path";
import type { FramePlace } from "./boxes.ts";
import type { KeypointSet } from "./keypoint_sets.ts";
import { PartialFile } from "../files/partial_file.ts";
import type { Pose } from "./pose.ts";

/** What a poses file says about the whole clip. */
export interface PosesFileOptions {
  /** Names and limbs of the joints. */
  keypointSet: KeypointSet;
  /** Name of the clip; goes in front of the frames' names. */
  clip: string;
  /**
   * Anything worth keeping about where the poses come from, for example the weights and the description.
   *
   * @default {no such entry}
   */
  info?: Readonly<Record<string, unknown>>;
}

/**
 * Writes `poses.json` frame by frame, so that a long video needs no memory: PoseTrack 2018 and COCO form, with
 * `images` (id, frame_id, file_name, width, height), `annotations` (id, image_id, category_id, track_id, bbox, score,
 * keypoints as x, y, score, and scores) and `categories` (names and skeleton), numbers at full precision.
 *
 * Images are numbered from 1; those of a clip whose name begins with six digits as PoseTrack does it, 1vvvvvvffff, with
 * the number in the frame's name. The file appears when {@linkcode PosesFileWriter.finish} is done, or not at all.
 *
 * @example Two frames
 * ```ts ignore
 * await using file = await PosesFileWriter.create("out/poses.json", { keypointSet, clip: "walk" });
 * await file.add({ index: 0, name: "0.jpg", width: 640, height: 480 }, poses);
 * await file.add({ index: 1, name: "1.jpg", width: 640, height: 480 }, []);
 * await file.finish();
 * ```
 */
export class PosesFileWriter implements AsyncDisposable {
  readonly #path: string;
  readonly #options: PosesFileOptions;
  readonly #images: PartialFile;
  readonly #annotations: PartialFile;
  #imageCount = 0;
  #annotationCount = 0;
  #lastIndex = -1;
  readonly #imageIds = new Set<number>();
  #open = true;

  private constructor(path: string, options: PosesFileOptions, files: readonly [PartialFile, PartialFile]) {
    this.#path = path;
    this.#options = options;
    [this.#images, this.#annotations] = files;
  }

  /**
   * Begins a file.
   *
   * @param path Where it shall be; its folder must exist.
   * @param options Keypoint set, clip and further facts.
   * @returns The writer; leaving its `await using` scope before `finish` leaves nothing behind.
   * @throws {Error} If the folder cannot be written to.
   */
  static async create(path: string, options: PosesFileOptions): Promise<PosesFileWriter> {
    const { keypointSet, info } = options;
    const category = {
      supercategory: "person",
      id: 1,
      name: "person",
      keypoints: keypointSet.keypoints,
      skeleton: keypointSet.limbs.map(([a, b]) => [a + 1, b + 1]),
    };
    const head = `{${info ? `"info":${JSON.stringify(info)},\n` : ""}"categories":[${
      JSON.stringify(category)
    }],\n`;
    const images = await PartialFile.create(path);
    try {
      const annotations = await PartialFile.create(path, { suffix: "-annotations" });
      const writer = new PosesFileWriter(path, options, [images, annotations]);
      await images.write(`${head}"images":[`);
      return writer;
    } catch (error) {
      await images.discard();
      throw error;
    }
  }

  /**
   * Adds a frame; frames come in the order of time.
   *
   * @param frame Number in the clip, name and size.
   * @param poses The people in it, none at all included.
   * @throws {TypeError} If a pose has another number of joints than the keypoint set, or the writer is closed.
   * @throws {RangeError} If a number is not finite or the frames are out of order; nothing is written then.
   */
  async add(frame: FramePlace, poses: readonly Pose[]): Promise<void> {
    this.#checkOpen();
    if (!Number.isInteger(frame.index) || frame.index <= this.#lastIndex) {
      throw new RangeError(
        `Cannot add frame ${frame.index} after frame ${this.#lastIndex}, expected a later one`,
      );
    }
    const name = frame.name ?? String(frame.index).padStart(6, "0");
    let imageId = imageIdOf(this.#options.clip, { index: frame.index, name });
    if (this.#imageIds.has(imageId)) imageId = frame.index + 1; // 000001.jpg and 000001.png side by side
    poses.forEach((pose, p) => this.#check(pose, `pose ${p} of frame ${name}`));
    const file_name = name.includes("/") ? name : `${this.#options.clip}/${name}`;
    const image = { id: imageId, frame_id: imageId, file_name, width: frame.width, height: frame.height };
    const lines = poses.map((pose) =>
      separated(this.#annotationCount++, {
        id: this.#annotationCount,
        image_id: imageId,
        category_id: 1,
        ...(pose.trackId === undefined ? {} : { track_id: pose.trackId }),
        bbox: pose.box,
        score: pose.score,
        keypoints: pose.keypoints.flatMap(({ x, y, score }) => [x, y, score]),
        scores: pose.keypoints.map(({ score }) => score),
      })
    );
    this.#lastIndex = frame.index;
    this.#imageIds.add(imageId);
    await this.#images.write(separated(this.#imageCount++, image));
    await this.#annotations.write(lines.join(""));
  }

  /**
   * Ends the file and puts it in its place.
   *
   * @throws {TypeError} If the writer is closed.
   */
  async finish(): Promise<void> {
    this.#checkOpen();
    await this.#images.write(`\n],\n"annotations":[`);
    await this.#images.append(this.#annotations);
    await this.#images.write("\n]}\n");
    await this.#images.commit();
    await this.#annotations.discard();
    this.#open = false;
  }

  /** Gives an unfinished file up; does nothing after `finish`. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#open) return;
    this.#open = false;
    await this.#images.discard();
    await this.#annotations.discard();
  }

  #checkOpen(): void {
    if (!this.#open) throw new TypeError(`Cannot write to ${basename(this.#path)}: it is closed`);
  }

  #check(pose: Pose, label: string): void {
    const count = this.#options.keypointSet.keypoints.length;
    if (pose.keypoints.length !== count) {
      throw new TypeError(
        `Cannot write ${label}: found ${pose.keypoints.length} joints, expected the ${count} of ${this.#options.keypointSet.name}`,
      );
    }
    const numbers = [...pose.box, pose.score, ...pose.keypoints.flatMap(({ x, y, score }) => [x, y, score])];
    const bad = numbers.find((value) => !Number.isFinite(value));
    if (bad !== undefined) {
      throw new RangeError(`Cannot write ${label}: found ${bad}, expected finite numbers`);
    }
  }
}

/** One entry of an array, on a line of its own. */
function separated(index: number, entry: unknown): string {
  return `${index === 0 ? "" : ","}\n${JSON.stringify(entry)}`;
}

/** Number of an image: PoseTrack's where clip and frame have the digits for it, otherwise counted from 1. */
function imageIdOf(clip: string, { index, name }: { index: number; name: string }): number {
  const video = clip.match(/^(\d{6})(?!\d)/)?.[1];
  const number = basename(name).match(/^(\d+)(?:\.\w+)?$/)?.[1];
  if (video === undefined || number === undefined || Number(number) >= 1e4) return index + 1;
  return 1e10 + Number(video) * 1e4 + Number(number);
}
