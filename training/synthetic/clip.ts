import type { Size } from "./camera.ts";
import { makeScene, type Scene } from "./scene.ts";

/** What the clips of a data set have in common. */
export interface ClipSettings {
  /** Seed of the data set. */
  seed: number;
  /** Strength of the degradations of every second clip, 0 to 1. */
  degraded: number;
  /** Frames of a clip. */
  frames: number;
  /** Size of the frames in pixels. */
  size: Size;
}

/** One clip of a data set. */
export interface Clip {
  /** Its name, that of its folder and of its annotation file. */
  name: string;
  /** Number of the video: another one for every seed and index. */
  video: number;
  /** Whether the clip was made hard to see. */
  isDegraded: boolean;
  /** What it shows. */
  scene: Scene;
  /** Moments of its frames, in seconds from the middle. */
  times: readonly number[];
}

/** Part of the data that a seed belongs to. */
export type Split = "train" | "val";

/** Frames per second. */
export const frameRate = 12;

/** Seeds from here on are for evaluation; training takes smaller ones. */
export const firstHeldOutSeed = 1000;

/** Bounds of the seed and the number of clips; within them no two seeds share a video number. */
export const mostSeeds = 100_000;

/** Most clips of one seed. */
export const mostClips = 100_000;

/**
 * Says which part of the data a seed belongs to.
 *
 * @param seed The seed.
 * @returns `"train"` below 1000, `"val"` from there on, so that the two never share a clip.
 */
export function splitOf(seed: number): Split {
  return seed < firstHeldOutSeed ? "train" : "val";
}

/**
 * Makes a clip. It depends on the seed, the index and the settings alone, not on how many clips there are; the
 * strength of the degradations changes nothing but what they do.
 *
 * @param settings The data set.
 * @param index Number of the clip in it, from 0.
 * @returns The clip; every second one (1, 3, …) is degraded.
 */
export function makeClip({ seed, degraded, frames, size }: ClipSettings, index: number): Clip {
  const video = seed * mostClips + index;
  const interval = 1 / frameRate;
  const isDegraded = degraded > 0 && index % 2 === 1;
  return {
    // the form of PoseTrack's names, which poseval insists on
    name: `${String(video).padStart(6, "0")}_mpii_synthetic`,
    video,
    isDegraded,
    times: Array.from({ length: frames }, (_, i) => (i - (frames - 1) / 2) * interval),
    scene: makeScene({
      name: `clip ${video}`,
      size,
      seconds: frames * interval,
      interval,
      strength: isDegraded ? degraded : 0,
    }),
  };
}
