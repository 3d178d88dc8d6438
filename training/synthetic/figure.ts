import { project } from "./camera.ts";
import { circleOf, type FigureSource, type Part, type Piece } from "./figure_part.ts";
import { headPart } from "./head.ts";
import type { Side } from "./posture.ts";
import { type Circle, hullOfCircles, type Point, type Shape } from "./shape.ts";
import { add, along, rotate, type Vector } from "./vector.ts";

/** Thickness of limbs at joints, in body heights. */
const thickness = {
  shoulder: 0.031,
  elbow: 0.024,
  wrist: 0.017,
  hand: 0.019,
  hip: 0.05,
  knee: 0.034,
  ankle: 0.022,
  heel: 0.022,
  toe: 0.017,
};

const sides: readonly Side[] = ["left", "right"];

/**
 * Cuts a figure into parts.
 *
 * @param source Body, look, skeleton and camera.
 * @returns The parts from the farthest to the nearest, so that far limbs are drawn first.
 */
export function figureParts(source: FigureSource): Part[] {
  const parts = [
    ...sides.flatMap((side) => [...armParts(source, side), ...legParts(source, side)]),
    ...trunkParts(source),
    ...headPart(source),
  ];
  return parts.sort((a, b) => b.depth - a.depth);
}

/** Thickness follows the build: slim and strong people of one height differ by a third. */
function stout(source: FigureSource, radius: number): number {
  return radius * (0.55 + 0.45 * source.body.build);
}

function capsule(
  source: FigureSource,
  ends: readonly [Vector, Vector],
  radii: readonly [number, number],
): Shape {
  const [from, to] = ends.map((at, i) => circleOf(source, { at, radius: stout(source, radii[i]) }));
  return { kind: "capsule", from: from.center, to: to.center, radii: [from.radius, to.radius] };
}

function depthOf(ends: readonly [Vector, Vector]): number {
  return -(ends[0][2] + ends[1][2]) / 2;
}

/** Upper arm and forearm with hand; they lie a little in front of what is at the same depth. */
function armParts(source: FigureSource, side: Side): Part[] {
  const { look, skeleton } = source;
  const { joints, hands } = skeleton;
  const { shoulder, elbow, wrist, hand } = thickness;
  const upper = [joints[`${side}_shoulder`], joints[`${side}_elbow`]] as const;
  const fore = [joints[`${side}_elbow`], joints[`${side}_wrist`]] as const;
  const tip = [joints[`${side}_wrist`], hands[side]] as const;
  const palm: readonly [Vector, Vector] = [along(tip, 0.1), along(tip, 0.62)];
  const sleeve = look.top.color.rgb;
  const upperLayers: Piece[][] = [[{ shape: capsule(source, upper, [shoulder, elbow]), color: look.skin }]];
  const foreLayers: Piece[][] = [[
    { shape: capsule(source, fore, [elbow, wrist]), color: look.skin },
    { shape: capsule(source, palm, [wrist * 0.95, hand]), color: look.skin },
  ]];
  if (look.sleeves !== "none") {
    const isLong = look.sleeves === "long";
    const radii = [shoulder * 1.14, isLong ? elbow * 1.16 : shoulder * 1.12] as const;
    const end = isLong ? upper[1] : along(upper, 0.58);
    upperLayers.push([{ shape: capsule(source, [upper[0], end], radii), color: sleeve }]);
    if (isLong) {
      const cuff = along(fore, 0.94);
      const shape = capsule(source, [fore[0], cuff], [elbow * 1.16, wrist * 1.3]);
      foreLayers.push([{ shape, color: sleeve }]);
    }
    // no seam between sleeve and trunk
    const inwards = [upper[0], skeleton.neck] as const;
    const patch = capsule(source, [along(inwards, 0.02), along(inwards, 0.24)], [shoulder, shoulder * 0.8]);
    upperLayers.push([{ shape: patch, color: sleeve, seamless: true }]);
  }
  const nearer = 0.09;
  return [
    { depth: depthOf(upper) - nearer, group: `${side} arm`, layers: upperLayers },
    { depth: depthOf(fore) - nearer, group: `${side} arm`, layers: foreLayers },
  ];
}

/** Thigh and shin with foot. */
function legParts(source: FigureSource, side: Side): Part[] {
  const { look, skeleton: { joints, toes } } = source;
  const { hip, knee, ankle, heel, toe } = thickness;
  const thigh = [joints[`${side}_hip`], joints[`${side}_knee`]] as const;
  const shin = [joints[`${side}_knee`], joints[`${side}_ankle`]] as const;
  const foot = [joints[`${side}_ankle`], toes[side]] as const;
  const isSkirt = look.bottom.name === "skirt" || look.bottom.name === "dress";
  const cloth = look.bottom.color.rgb;
  const loose = look.bottom.name === "leggings" ? 1.02 : 1.13;
  const thighLayers: Piece[][] = [[{ shape: capsule(source, thigh, [hip, knee]), color: look.skin }]];
  const shinLayers: Piece[][] = [[{ shape: capsule(source, shin, [knee, ankle]), color: look.skin }]];
  if (!isSkirt) {
    const onThigh = Math.min(1, look.bottomLength);
    const width = hip + onThigh * (knee - hip);
    const shape = capsule(source, [thigh[0], along(thigh, onThigh)], [hip * 1.06, width * loose]);
    thighLayers.push([{ shape, color: cloth }]);
    if (look.bottomLength > 1) {
      const hem = along(shin, look.bottomLength - 1);
      const leg = capsule(source, [shin[0], hem], [knee * loose, ankle * loose * 1.15]);
      shinLayers.push([{ shape: leg, color: cloth }]);
    }
  }
  const shoe = capsule(source, [along(foot, -0.14), along(foot, 0.9)], [heel, toe]);
  shinLayers.push([{ shape: shoe, color: look.shoes }]);
  return [
    { depth: depthOf(thigh), group: `${side} leg`, layers: thighLayers },
    { depth: depthOf(shin), group: `${side} leg`, layers: shinLayers },
  ];
}

/** Hips, skirt, top and neck. */
function trunkParts(source: FigureSource): Part[] {
  const { body, look, skeleton } = source;
  const { joints, pelvis, waist, neck, pelvisAxes, chestAxes } = skeleton;
  const h = body.height;
  const isSkirt = look.bottom.name === "skirt" || look.bottom.name === "dress";
  const at = (base: Vector, offset: Vector, axes = chestAxes) => add(base, rotate(axes, offset));
  const ball = (center: Vector, radius: number) =>
    circleOf(source, { at: center, radius: stout(source, radius) });
  const hips = sides.map((side) => ball(along([pelvis, joints[`${side}_hip`]], 0.85), 0.05));
  const seat = ball(at(pelvis, [0, -0.005 * h, -0.03 * h], pelvisAxes), 0.05);
  const waistHalf = 0.72 * body.hip;
  const waists = [-1, 1].map((sign) => ball(at(waist, [sign * waistHalf, 0.01 * h, 0]), 0.045));
  const hem = [-1, 1].map((sign) =>
    ball(at(along([pelvis, waist], 0.3), [sign * body.hip * 0.95, 0, 0], pelvisAxes), 0.05)
  );
  const middle = along([waist, neck], 0.62);
  const chest = [0.018, -0.022].map((z) => ball(at(middle, [0, 0, z * h]), 0.055));
  const breast = body.kind === "woman" ? [ball(at(middle, [0, -0.01 * h, 0.045 * h]), 0.042)] : [];
  const ribs = [-1, 1].map((sign) => ball(at(middle, [sign * body.shoulder * 0.5, 0, 0]), 0.05));
  const shoulders = sides.map((side) => ball(along([neck, joints[`${side}_shoulder`]], 0.86), 0.033));
  const polygon = (circles: readonly Circle[]): Shape => ({
    kind: "polygon",
    points: hullOfCircles(circles),
  });
  const axis: readonly [Point, Point] = [
    project(source.camera, pelvis).point,
    project(source.camera, neck).point,
  ];
  const color = look.top.color.rgb;
  const pattern = look.pattern === "plain"
    ? {}
    : { pattern: { kind: look.pattern, color: look.patternColor, axis } };
  const depth = depthOf([pelvis, neck]);
  const parts: Part[] = [];
  if (isSkirt) {
    const hemline = sides.map((side) => {
      const thigh = [joints[`${side}_hip`], joints[`${side}_knee`]] as const;
      return ball(along(thigh, look.bottomLength), 0.05 + 0.012 * look.bottomLength);
    });
    const depths = sides.map((side) => depthOf([joints[`${side}_hip`], joints[`${side}_knee`]]));
    parts.push({
      depth: Math.min(...depths) - 0.02,
      group: "skirt",
      layers: [[{
        shape: polygon([...hips, ...waists, seat, ...hemline]),
        color: look.bottom.color.rgb,
      }]],
    });
  }
  parts.push({
    depth,
    group: "trunk",
    layers: [
      [{ shape: polygon([...hips, seat, ...waists]), color: look.bottom.color.rgb }],
      [
        { shape: polygon([...hem, ...waists, ...chest]), color, ...pattern },
        { shape: polygon([...waists, ...chest, ...breast, ...ribs, ...shoulders]), color, ...pattern },
      ],
      [{
        shape: capsule(source, [at(neck, [0, 0.012 * h, 0]), joints.head_bottom], [0.033, 0.029]),
        color: look.skin,
      }],
    ],
  });
  return parts;
}
