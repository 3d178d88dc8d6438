import type { Box } from "../../people/box.ts";
import { keypointSets } from "../../people/keypoint_sets.ts";
import { applyAffine, project, type Size, viewAt } from "./camera.ts";
import { type Part, shapesOf } from "./figure_part.ts";
import { hides } from "./occluder.ts";
import { peopleAt, type PersonMoment } from "./render.ts";
import type { Scene } from "./scene.ts";
import { boundsOf, contains, type Point } from "./shape.ts";
import type { JointName } from "./skeleton.ts";

/** A joint as an annotation file has it. */
export interface LabeledJoint {
  /** Column in pixels; 0 for a joint that is not labelled. */
  x: number;
  /** Row in pixels; 0 for a joint that is not labelled. */
  y: number;
  /** 1 for a joint that is seen; 0 for one that something hides, or that is not labelled. */
  visibility: 0 | 1;
}

/** A person of a frame as an annotation file has it. */
export interface LabeledPerson {
  /** Index of the person in the scene. */
  trackId: number;
  /** The 17 joints of PoseTrack 2018; ears and joints outside the frame are not labelled. */
  joints: readonly LabeledJoint[];
  /** Box around what of the body is in the frame. */
  box: Box;
  /** Box around the head. */
  headBox: Box;
}

/** Joints that must be within a frame for a person to be annotated. */
const fewestJoints = 3;

const unlabeled: LabeledJoint = { x: 0, y: 0, visibility: 0 };

/**
 * Says where the people of a scene are in a frame. A joint that a thing or a nearer person hides keeps its place, with
 * visibility 0; a joint outside the frame is not labelled. The body's own parts hide nothing: people label through them.
 *
 * @param scene The scene.
 * @param time Seconds from the middle of the clip.
 * @returns The people in the order of their track ids; those of whom next to nothing is in the frame are left out.
 */
export function annotate(scene: Scene, time: number): LabeledPerson[] {
  const { camera, occluders } = scene;
  const { size } = camera;
  const view = viewAt(camera, time);
  const moments = peopleAt(scene, time);
  const labeled = moments.flatMap((moment, rank): LabeledPerson[] => {
    const nearer = moments.slice(rank + 1);
    let inside = 0;
    const joints = keypointSets.posetrack17.keypoints.map((name): LabeledJoint => {
      const joint = moment.skeleton.joints[name as JointName];
      if (joint === undefined) return unlabeled;
      const still = project(camera, joint).point;
      const [x, y] = applyAffine(view, still);
      if (x < 0 || y < 0 || x >= size.width || y >= size.height) return unlabeled;
      inside++;
      const isHidden = occluders.some((occluder) => hides(occluder, still)) ||
        nearer.some((other) => covers(other, still));
      return { x: round(x), y: round(y), visibility: isHidden ? 0 : 1 };
    });
    const seen = (point: Point) => applyAffine(view, point);
    const box = clipped(boxOf(moment.parts, seen), size);
    if (inside < fewestJoints || box === undefined) return [];
    const head = moment.parts.filter(({ group }) => group === "head");
    return [{
      trackId: moment.index,
      joints,
      box: box.map(round) as unknown as Box,
      headBox: boxOf(head, seen),
    }];
  });
  return labeled.sort((a, b) => a.trackId - b.trackId);
}

function covers({ all }: PersonMoment, point: Point): boolean {
  return all.some((part) => shapesOf(part).some((shape) => contains(shape, point)));
}

function boxOf(parts: readonly Part[], seen: (point: Point) => Point): Box {
  const [left, top, right, bottom] = boundsOf(
    parts.flatMap(shapesOf),
  );
  const corners: Point[] = [[left, top], [right, top], [right, bottom], [left, bottom]];
  const [l, t, r, b] = boundsOf([{ kind: "polygon", points: corners.map(seen) }]);
  return [round(l), round(t), round(r - l), round(b - t)];
}

function clipped([x, y, width, height]: Box, size: Size): Box | undefined {
  const [left, top] = [Math.max(0, x), Math.max(0, y)];
  const [right, bottom] = [Math.min(size.width, x + width), Math.min(size.height, y + height)];
  return right - left < 4 || bottom - top < 4 ? undefined : [left, top, right - left, bottom - top];
}

/** To a hundredth of a pixel. */
function round(value: number): number {
  return Math.round(100 * value) / 100;
}
