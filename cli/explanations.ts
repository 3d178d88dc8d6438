/** `pose --explain`: a picture and a JSON per person of what the description did. */
import type { EstimatedPose } from "../estimation/pose_window.ts";
import { explainAttention } from "../people/attention_explanation.ts";
import { cropPicture } from "../people/crop_picture.ts";
import { drawExplanation } from "../people/draw_explanation.ts";
import { explanationDocument } from "../people/explanation_document.ts";
import type { Frame } from "../people/frame.ts";
import { jointMoves } from "../people/joint_moves.ts";
import type { KeypointSet } from "../people/keypoint_sets.ts";
import { explainTransport } from "../people/transport_explanation.ts";
import type { ResultFolder } from "./result_folder.ts";

/** Pixels of the crop in the picture: the model's aspect, three times its size. */
const pictureScale = 3;

/** The people of one frame. */
export interface ExplainedFrame {
  /** The frame's name. */
  name: string;
  /** Name of its pictures, without ending; no other frame has it. */
  picture: string;
  /** Its pixels. */
  frame: Frame;
  /** Its people; those without an explanation are left out. */
  poses: readonly EstimatedPose[];
  /** Joints of the poses. */
  keypoints: KeypointSet;
  /** Least score of a drawn joint. */
  jointScore: number;
}

/**
 * Writes `explanations/PICTURE_PERSON.png` and `.json` for each person.
 *
 * @param folder Where the results are collected.
 * @param explained The frame and its people.
 */
export async function writeExplanations(
  folder: ResultFolder,
  { name, picture, frame, poses, keypoints, jointScore }: ExplainedFrame,
): Promise<void> {
  for (const [i, pose] of poses.entries()) {
    const { explanation } = pose;
    if (!explanation) continue;
    const { crossAttention, tokens, grid: { rows, columns } } = explanation;
    const grid = { rows, columns, tokens };
    const patchPixels = 16 * pictureScale;
    const person = pose.trackId ?? i;
    const input = {
      crop: cropPicture(frame, pose.box, { width: columns * patchPixels, height: rows * patchPixels }),
      explanation: explainTransport({ plan: explanation.plan, ...grid }),
      ...(crossAttention ? { attention: explainAttention({ attention: crossAttention, ...grid }) } : {}),
      title: `person ${person} · ${name}`,
      cost: explanation.cost,
      isTruncated: explanation.isTruncated,
      joints: {
        set: keypoints,
        moves: jointMoves(keypoints, explanation.visualOnly, pose.keypoints),
        threshold: jointScore,
      },
    };
    const file = `${picture}_${person}`;
    await Deno.writeFile(folder.path("explanations", `${file}.png`), await drawExplanation(input));
    await Deno.writeTextFile(
      folder.path("explanations", `${file}.json`),
      JSON.stringify(explanationDocument(input)) + "\n",
    );
  }
}
