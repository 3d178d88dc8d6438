import { basename, resolve } from "node:path";
import type { Frame } from "./frame.ts";
import { pamFrames } from "./pam_stream.ts";

/** What a video's container says about it. */
export interface VideoFacts {
  /** Number of frames, as declared or from duration and rate; the true number may differ. Absent if unknown. */
  length?: number;
  /** Mean frames per second. Absent if unknown. */
  frameRate?: number;
}

/**
 * Asks ffprobe about a video.
 *
 * @param path The video file.
 * @returns What the container declares.
 * @throws {Error} If ffprobe is not there, or finds no video in the file.
 */
export async function probeVideo(path: string): Promise<VideoFacts> {
  const entries = "stream=nb_frames,avg_frame_rate,r_frame_rate,duration:format=duration";
  const child = start("ffprobe", path, {
    before: ["-v", "error", "-select_streams", "V:0", "-show_entries", entries, "-of", "json"],
    after: [],
  });
  const { code, stdout, stderr } = await child.output();
  if (code !== 0) throw unreadable(path, lastLine(new TextDecoder().decode(stderr)));
  const { streams, format } = JSON.parse(new TextDecoder().decode(stdout)) as {
    streams?: Record<string, string | undefined>[];
    format?: Record<string, string | undefined>;
  };
  const stream = streams?.[0];
  if (!stream) throw unreadable(path, "it has no video stream");
  const frameRate = ratio(stream.avg_frame_rate) ?? ratio(stream.r_frame_rate);
  const seconds = Number(stream.duration ?? format?.duration);
  const counted = Number(stream.nb_frames ?? NaN);
  const length = counted > 0 ? counted : Math.round(seconds * (frameRate ?? NaN));
  return { ...(length > 0 ? { length } : {}), ...(frameRate ? { frameRate } : {}) };
}

/**
 * Decodes a video with ffmpeg, frame by frame, through a pipe: what is held is one frame and the pipe's buffer,
 * however long the clip. Every stored frame comes once, none is repeated or dropped for an even rate; a rotation
 * in the container is applied, non-square pixels are not.
 *
 * @param path The video file.
 * @returns Frames named by their number, `000000` first. Breaking off ends the ffmpeg process.
 * @throws {Error} If ffmpeg is not there or fails; the message holds its last words.
 */
export async function* videoFrames(path: string): AsyncGenerator<Frame, void, undefined> {
  const child = start("ffmpeg", path, {
    before: ["-v", "error", "-nostdin"],
    after: [
      "-map",
      "0:V:0",
      ...await passEveryFrame(path),
      "-f",
      "image2pipe",
      "-c:v",
      "pam",
      "-pix_fmt",
      "rgba",
      "-",
    ],
  });
  const words = lastWords(child.stderr);
  let count = 0;
  try {
    for await (const frame of pamFrames(child.stdout)) {
      yield { ...frame, name: String(count++).padStart(6, "0") };
    }
    const { code } = await child.status;
    if (code !== 0 || count === 0) {
      throw unreadable(path, await words || `ffmpeg gave ${count} frames and exit status ${code}`);
    }
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    stop(child);
    throw unreadable(path, await words || error.message);
  } finally {
    stop(child);
    await child.status;
    await words;
  }
}

/** The option by which this ffmpeg hands every frame on; it was renamed in version 5.1. */
async function passEveryFrame(path: string): Promise<string[]> {
  const { stdout } = await start("ffmpeg", path, { before: ["-version"], after: [], input: false }).output();
  const [, major, minor] = new TextDecoder().decode(stdout).match(/^ffmpeg version n?(\d+)\.(\d+)/) ?? [];
  const isOld = major !== undefined && Number(major) * 100 + Number(minor) < 501;
  return isOld ? ["-vsync", "0"] : ["-fps_mode", "passthrough"];
}

function start(
  command: "ffmpeg" | "ffprobe",
  path: string,
  { before, after, input = true }: { before: string[]; after: string[]; input?: boolean },
): Deno.ChildProcess {
  // "file:" keeps names with a colon from being taken for a protocol, and names with a dash for an option
  const args = [...before, ...(input ? ["-i", `file:${resolve(path)}`] : []), ...after];
  try {
    return new Deno.Command(command, { args, stdin: "null", stdout: "piped", stderr: "piped" }).spawn();
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    throw new Error(
      `Cannot read video ${basename(path)}: ${command} is not on the PATH, expected ffmpeg and ffprobe ` +
        "(apt-get install ffmpeg, brew install ffmpeg, winget install ffmpeg), or a folder of images instead",
      { cause: error },
    );
  }
}

function stop(child: Deno.ChildProcess): void {
  try {
    child.kill("SIGKILL");
  } catch {
    // it has ended already
  }
}

async function lastWords(stream: ReadableStream<Uint8Array>): Promise<string> {
  let tail = "";
  for await (const text of stream.pipeThrough(new TextDecoderStream())) tail = (tail + text).slice(-2000);
  return lastLine(tail);
}

function lastLine(text: string): string {
  return text.trim().split("\n").at(-1)?.trim() ?? "";
}

function unreadable(path: string, reason: string): Error {
  return new Error(`Cannot read video ${basename(path)}: ${reason}, expected a video that ffmpeg can decode`);
}

/** "30000/1001" as a number; undefined for "0/0". */
function ratio(text: string | undefined): number | undefined {
  const [numerator, denominator] = (text ?? "").split("/").map(Number);
  const value = numerator / denominator;
  return Number.isFinite(value) && value > 0 ? value : undefined;
}
