/** Small documents of each format for the readers' tests; fresh objects at every call. */
import { keypointSets } from "../../people/keypoint_sets.ts";

const names = keypointSets.posetrack17.keypoints;

/** An editable JSON document. */
// deno-lint-ignore no-explicit-any -- tests reach into arbitrary JSON to break it
export type Editable = any;

/** PoseTrack 2018: two frames; the first has two people and a region, the second one person. */
export function poseTrack2018(): Editable {
  const image = (frame: number) => ({
    file_name: `images/val/003418_mpii_test/${String(frame).padStart(6, "0")}.jpg`,
    id: 10034180000 + frame,
    frame_id: 10034180000 + frame,
    vid_id: "003418",
    is_labeled: true,
    nframes: 2,
  });
  const person = (frame: number, track: number) => ({
    id: 1003418000000 + 100 * frame + track,
    image_id: 10034180000 + frame,
    category_id: 1,
    track_id: track,
    bbox: [10 + track, 20, 200, 300],
    bbox_head: [10, 20, 30, 40],
    keypoints: names.flatMap((name, slot) =>
      name.endsWith("ear") ? [0, 0, 0] : [100 * track + slot, slot + 0.25, 1]
    ),
    scores: names.map((_, slot) => slot / 100),
  });
  return {
    images: [
      { ...image(0), ignore_regions_x: [[0, 9, 9], []], ignore_regions_y: [[0, 0, 9], []] },
      { ...image(1), ignore_regions_x: [], ignore_regions_y: [] },
    ],
    annotations: [person(0, 0), person(1, 0), person(0, 1)],
    categories: [{ id: 1, name: "person", supercategory: "person", keypoints: [...names], skeleton: [] }],
  };
}

/** PoseTrack 2017: two frames, the first with two people, the second with one. */
export function poseTrack2017(): Editable {
  const person = (track: number) => ({
    x1: [10],
    y1: [20],
    x2: [40],
    y2: [60],
    track_id: [track],
    annopoints: [{
      point: [
        { id: [0], x: [100 * track + 1], y: [2.5], is_visible: [1], score: [0.5] },
        { id: [13], x: [3], y: [4], is_visible: [] },
      ],
    }],
  });
  const frame = (index: number) => ({
    image: [{ name: `bonn/000001_bonn/0000000${index}.jpg` }],
    imgnum: [index + 1],
    is_labeled: [1],
  });
  return {
    annolist: [
      {
        ...frame(0),
        annorect: [person(0), person(1)],
        ignore_regions: [{ point: [{ x: [0], y: [0] }, { x: [9], y: [0] }, { x: [9], y: [9] }] }],
      },
      { ...frame(1), annorect: [person(0)] },
    ],
  };
}
