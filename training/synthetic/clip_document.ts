import { keypointSets } from "../../people/keypoint_sets.ts";
import { annotate } from "./annotate.ts";
import type { Clip, Split } from "./clip.ts";

/**
 * The path of a frame, as annotations name it.
 *
 * @param clip The clip.
 * @param index Number of the frame, from 0.
 * @param split Part of the data.
 * @returns For example `images/train/100000_mpii_synthetic/000000.jpg`.
 */
export function frameName({ name }: Clip, index: number, split: Split): string {
  return `images/${split}/${name}/${String(index).padStart(6, "0")}.jpg`;
}

/**
 * Makes the annotations of a clip in the form of PoseTrack 2018, with what degrades its images beside.
 *
 * @param clip The clip.
 * @param split Part of the data.
 * @returns The document, for JSON.
 */
export function clipDocument(clip: Clip, split: Split): Record<string, unknown> {
  const { scene, times, video, isDegraded } = clip;
  const { width, height } = scene.camera.size;
  const set = keypointSets.posetrack17;
  const vid = String(video).padStart(6, "0");
  const images = times.map((_, index) => {
    const id = video * 10_000 + index;
    return {
      has_no_densepose: true,
      is_labeled: true,
      file_name: frameName(clip, index, split),
      nframes: times.length,
      frame_id: id,
      vid_id: vid,
      ignore_regions_y: [],
      ignore_regions_x: [],
      id,
      width,
      height,
      degraded: isDegraded,
      degradations: scene.degradations,
    };
  });
  const annotations = times.flatMap((time, index) =>
    annotate(scene, time).map(({ trackId, joints, box, headBox }) => ({
      bbox_head: headBox,
      keypoints: joints.flatMap(({ x, y, visibility }) => [x, y, visibility]),
      track_id: trackId,
      image_id: images[index].id,
      bbox: box,
      scores: [],
      category_id: 1,
      id: images[index].id * 10 + trackId,
      iscrowd: false,
      num_keypoints: joints.filter(({ visibility }) => visibility === 1).length,
    }))
  );
  return {
    categories: [{
      supercategory: "person",
      id: 1,
      name: "person",
      keypoints: set.keypoints,
      skeleton: set.limbs.map(([from, to]) => [from + 1, to + 1]),
    }],
    images,
    annotations,
  };
}
