/**
 * What sentences say of a body, and whether a skeleton does it. Written from the meaning of the words alone: knows no
 * movement and none of its angles.
 */
import type { Body } from "../../../training/synthetic/body.ts";
import type { Side } from "../../../training/synthetic/posture.ts";
import type { Skeleton } from "../../../training/synthetic/skeleton.ts";
import { length, subtract } from "../../../training/synthetic/vector.ts";

/** A skeleton that faces the camera (x to its own left, y up, z forwards), and its body. */
export interface Sight {
  /** The skeleton. */
  skeleton: Skeleton;
  /** The skeleton a twentieth of a second later. */
  later: Skeleton;
  /** Its sizes. */
  body: Body;
}

type Joint = "shoulder" | "elbow" | "wrist" | "hip" | "knee" | "ankle";

/** Judges one side of a body. */
type Judge = (side: Side, sight: Sight) => boolean;

const other = (side: Side): Side => side === "left" ? "right" : "left";
const at = ({ skeleton }: Sight, side: Side, joint: Joint) => skeleton.joints[`${side}_${joint}`];
const height = (sight: Sight, side: Side, joint: Joint) => at(sight, side, joint)[1] / sight.body.height;
const ahead = (sight: Sight, side: Side, joint: Joint) => at(sight, side, joint)[2] / sight.body.height;
const outwards = (sight: Sight, side: Side, joint: Joint) =>
  (side === "left" ? 1 : -1) * at(sight, side, joint)[0] / sight.body.height;
const apart = (sight: Sight, one: readonly number[], two: readonly number[]) =>
  Math.hypot(...one.map((value, i) => value - two[i])) / sight.body.height;
/** Distance from shoulder to wrist as a share of the arm's length: 1 for a straight arm. */
const straightness = (sight: Sight, side: Side) =>
  length(subtract(at(sight, side, "wrist"), at(sight, side, "shoulder"))) /
  (sight.body.upperArm + sight.body.forearm);
/** Bend of a knee in degrees. */
function kneeBend(sight: Sight, side: Side): number {
  const thigh = subtract(at(sight, side, "knee"), at(sight, side, "hip"));
  const shin = subtract(at(sight, side, "ankle"), at(sight, side, "knee"));
  const cosine = thigh.reduce((sum, value, i) => sum + value * shin[i], 0) / length(thigh) / length(shin);
  return Math.acos(cosine) * 180 / Math.PI;
}
const elbowIsBent: Judge = (side, sight) => straightness(sight, side) < 0.965;
const armIsUp: Judge = (side, sight) => height(sight, side, "wrist") > height(sight, side, "shoulder") - 0.02;
const armIsLevel: Judge = (side, sight) =>
  height(sight, side, "wrist") > height(sight, side, "shoulder") - 0.12;
const armIsLow: Judge = (side, sight) =>
  height(sight, side, "wrist") < height(sight, side, "shoulder") - 0.08;
const handIsOverHead: Judge = (side, sight) =>
  at(sight, side, "wrist")[1] > sight.skeleton.joints.nose[1] &&
  sight.skeleton.hands[side][1] > sight.skeleton.joints.head_top[1] - 0.35 * sight.body.head;
const armIsAhead: Judge = (side, sight) =>
  ahead(sight, side, "wrist") > ahead(sight, side, "shoulder") + 0.14;
const armIsAside: Judge = (side, sight) =>
  outwards(sight, side, "wrist") > outwards(sight, side, "shoulder") + 0.2 &&
  straightness(sight, side) > 0.95;
const handIsOnHip: Judge = (side, sight) =>
  apart(sight, at(sight, side, "wrist"), at(sight, side, "hip")) < 0.17;
const footIsAhead: Judge = (side, sight) =>
  ahead(sight, side, "ankle") > ahead(sight, other(side), "ankle") + 0.08;
/** The foot moves forwards, past the other one. */
const legSwingsForward: Judge = (side, { skeleton, later }) => {
  const gain = (s: Side) => later.joints[`${s}_ankle`][2] - skeleton.joints[`${s}_ankle`][2];
  return gain(side) > gain(other(side)) + 0.02;
};
const footIsUp: Judge = (side, sight) =>
  height(sight, side, "ankle") > height(sight, other(side), "ankle") + 0.05;
const kneeIsBent: Judge = (side, sight) => kneeBend(sight, side) > 25;
const standsOn: Judge = (side, sight) => footIsUp(other(side), sight) && kneeBend(sight, side) < 60;

const handIsAtHead: Judge = (side, sight) =>
  apart(sight, sight.skeleton.hands[side], sight.skeleton.joints.head_bottom) < 0.16 &&
  elbowIsBent(side, sight);
const fistIsAtChin: Judge = (side, sight) =>
  apart(sight, sight.skeleton.hands[side], sight.skeleton.joints.head_bottom) < 0.25;

/** Patterns with one named side, and what must then be true of it. */
const sided: readonly (readonly [RegExp, Judge])[] = [
  [
    /waves (?:with )?(?:his |her |the )?(left|right) hand|waving (?:his |her |the )?(left|right) hand/,
    armIsUp,
  ],
  [/the (left|right) hand is up/, armIsUp],
  [/(left|right) arm is (?:raised|lifted|up)\b/, armIsUp],
  [/(left|right) (?:arm up|arm raised)/, armIsUp],
  [/(left|right) elbow is bent|(left|right) arm is (?:raised|lifted).* with the elbow bent/, elbowIsBent],
  [/(left|right) arm is low/, armIsLow],
  [/(left|right) hand is (?:over|high above) the head/, handIsOverHead],
  [/reach\w* (?:high|up) with (?:his |her |the )?(left|right) (?:hand|arm)/, handIsOverHead],
  [/points? up with (?:his |her |the )?(left|right) hand/, handIsOverHead],
  [/(left|right) arm is stretched (?:straight )?up/, handIsOverHead],
  [/points? (?:forward )?with (?:his |her |the )?(left|right) (?:hand|arm)/, armIsLevel],
  [/(left|right) arm is (?:held straight out in front|stretched forward)/, armIsAhead],
  [/(left|right) arm shoots forward/, armIsAhead],
  [/(left|right) arm is (?:stretched out to the side|held out straight at shoulder height)/, armIsAside],
  [/point\w* (?:to (?:his|her) (left|right)\b|to the (left|right) side,)/, armIsAside],
  [/points sideways with the (left|right) hand/, armIsAside],
  [/(left|right) hand (?:rests |is )?on the hip/, handIsOnHip],
  [/phone (?:in|to) (?:his |her |the )?(left|right) (?:hand|ear)/, handIsAtHead],
  [/(left|right) hand is (?:at the head|beside the (?:left|right) ear)/, handIsAtHead],
  [/(left|right) (?:foot|leg)(?: is)? in front/, footIsAhead],
  [/(left|right) leg is stretched back/, (side, sight) => footIsAhead(other(side), sight)],
  [/(left|right) (?:leg|knee) (?:swings?|comes|steps?) forward/, legSwingsForward],
  [/(left|right) leg swings forward and up/, footIsUp],
  [/drives the (left|right) knee up/, legSwingsForward],
  [/steps forward with the (left|right) foot/, legSwingsForward],
  [
    /(left|right) knee is (?:raised|lifted|up)/,
    (side, sight) => height(sight, side, "knee") > height(sight, other(side), "knee") + 0.1,
  ],
  [/(left|right) leg is (?:lifted|raised)/, footIsUp],
  [/(?:stands|balances) on (?:his |her |the )?(left|right) (?:leg|foot)/, standsOn],
  [/hop\w* on (?:his |her |the )?(left|right) (?:leg|foot)/, standsOn],
  [/(left|right) foot is held up behind/, footIsUp],
  [/(left|right) knee is bent/, kneeIsBent],
  [
    /kneel\w* (?:down )?on (?:his |her |the )?(left|right) knee/,
    (side, sight) => height(sight, side, "knee") < 0.08,
  ],
  [/(left|right) knee is on the ground/, (side, sight) => height(sight, side, "knee") < 0.08],
  [/rests on the (left|right) knee/, (side, sight) => height(sight, side, "knee") < 0.08],
  [/(left|right) hand is low/, (side, sight) => height(sight, side, "wrist") < 0.5],
  [/(left|right) arm is stretched down/, (side, sight) => height(sight, side, "wrist") < 0.5],
  [/(left|right) forearm lies across/, (side, sight) => outwards(sight, side, "wrist") < 0.05],
  [
    /(left|right) fist stays at the chin/,
    (side, sight) => elbowIsBent(side, sight) && fistIsAtChin(side, sight),
  ],
];

/** Patterns about both sides, or about the trunk. */
const whole: readonly (readonly [RegExp, (sight: Sight) => boolean])[] = [
  [/both (?:arms|hands) (?:are )?(?:raised|up|stretched up|high|over|swing up)/, both(armIsUp)],
  [
    /(?:hands|arms) (?:are |meet )?(?:raised )?(?:high |up )?(?:above|over) (?:the|his|her) head/,
    both(handIsOverHead),
  ],
  [/(?:waves|cheers) with both (?:hands|arms)|raises both arms/, both(armIsUp)],
  [/both arms (?:are |out )?(?:stretched |reach )?(?:forward|in front)/, both(armIsAhead)],
  [/both hands are in front|reach\w* forward with both hands/, both(armIsAhead)],
  [/both hands (?:rest )?on (?:the|his|her) hips/, both(handIsOnHip)],
  [
    /both hands (?:rest|lie) on the (?:thighs|legs)/,
    both((side, sight) => height(sight, side, "wrist") < 0.5),
  ],
  [/both arms hang down/, both(armIsLow)],
  [
    /both arms stay at the sides/,
    both((side, sight) => apart(sight, at(sight, side, "wrist"), at(sight, side, "hip")) < 0.22),
  ],
  [/both knees (?:are bent|and)|knees are bent/, both(kneeIsBent)],
  [/knees are straight|legs are straight|straight legs/, both((side, sight) => kneeBend(sight, side) < 15)],
  [/hands meet above the head/, both(handIsOverHead)],
  [/meet in front|come together in front/, both((side, sight) => ahead(sight, side, "wrist") > 0.08)],
  [/arms (?:are )?(?:stretched out to the sides|spread wide)/, both(armIsAside)],
  [/arms crossed|forearms lie across/, both((side, sight) => outwards(sight, side, "wrist") < 0.06)],
  [/\bsit|seated/, both((side, sight) => height(sight, side, "hip") < 0.4 && kneeIsBent(side, sight))],
  [
    /trunk is bent|bends? forward|bends down|bowing|\bbows\b/,
    ({ skeleton: { joints, pelvis }, body }) => joints.head_bottom[2] - pelvis[2] > 0.08 * body.height,
  ],
  [
    /head down|head is down|hang to the toes/,
    ({ skeleton: { joints }, body }) => joints.head_top[1] < 0.97 * body.height,
  ],
  [
    /feet leave the ground|in the air/,
    ({ skeleton: { joints }, body }) =>
      Math.min(joints.left_ankle[1], joints.right_ankle[1]) > body.ankle + 0.02 * body.height,
  ],
  [/stands (?:upright|still)|is standing/, both((side, sight) => kneeBend(sight, side) < 20)],
  [/hips are low/, both((side, sight) => height(sight, side, "hip") < 0.48)],
];

function both(judge: Judge): (sight: Sight) => boolean {
  return (sight) => judge("left", sight) && judge("right", sight);
}

/** What was checked of a text. */
export interface Verdict {
  /** Number of claims that were found and judged. */
  claims: number;
  /** Claims that the skeleton does not keep, in the words of the text. */
  broken: string[];
}

/**
 * Judges what a text says of a body.
 *
 * @param text English, about one person.
 * @param sight The person.
 * @returns How many claims there are, and which are wrong.
 */
export function judge(text: string, sight: Sight): Verdict {
  const verdict: Verdict = { claims: 0, broken: [] };
  for (const [pattern, holds] of sided) {
    for (const match of text.toLowerCase().matchAll(new RegExp(pattern, "g"))) {
      const side = match.slice(1).find((group) => group === "left" || group === "right") as Side;
      verdict.claims++;
      if (!holds(side, sight)) verdict.broken.push(match[0]);
    }
  }
  for (const [pattern, holds] of whole) {
    const match = pattern.exec(text.toLowerCase());
    if (match === null) continue;
    verdict.claims++;
    if (!holds(sight)) verdict.broken.push(match[0]);
  }
  return verdict;
}
