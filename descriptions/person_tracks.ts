import type { Box } from "../people/box.ts";
import type { BoxSource } from "../people/boxes.ts";
import { createTracker } from "../people/track.ts";
import type { Clip } from "./clip.ts";
import type { PersonTrack } from "./subject.ts";

/**
 * Gathers each person's boxes over a clip, by the track ids of the boxes; boxes without ids are followed from frame to
 * frame, as the estimated poses are.
 *
 * @param boxes The people of each frame.
 * @param clip The clip.
 * @returns The people in the order in which they appear.
 */
export function personTracks(boxes: BoxSource, clip: Clip): PersonTrack[] {
  const frames = Array.from({ length: clip.length }, (_, index) => {
    const name = clip.frameNames[index];
    // the frame is not read yet; whether a box lies in it is seen when it is
    const size = { width: Infinity, height: Infinity };
    return boxes.of({ index, ...size, ...(name === undefined ? {} : { name }) });
  });
  const haveIds = frames.every((people) => people.every(({ trackId }) => trackId !== undefined));
  const tracker = createTracker();
  const tracks = new Map<number, Map<number, Box>>();
  frames.forEach((people, index) => {
    const ids = haveIds
      ? people.map(({ trackId }) => trackId!)
      : tracker.update(people.map(({ box, score }) => ({ box, score, keypoints: [] })), index);
    people.forEach(({ box }, i) => {
      const track = tracks.get(ids[i]) ?? new Map<number, Box>();
      tracks.set(ids[i], track.set(index, box));
    });
  });
  return [...tracks].map(([person, boxes]) => ({ person, boxes }));
}
