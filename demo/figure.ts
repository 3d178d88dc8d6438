import type { SKRSContext2D } from "@napi-rs/canvas";

const edge = "rgba(24, 20, 26, 0.6)";

/** A point in pixels. */
export type Point = readonly [x: number, y: number];

/** Angles of a figure that faces us, in degrees. Its left side is on the right of the picture. */
export interface Posture {
  /** Point between the feet on the ground when standing. */
  ground: Point;
  /** How far the figure is above the ground, in body heights. */
  lift: number;
  /** Lean of the trunk to the figure's left. */
  lean: number;
  /** Upper arms, from hanging down (0) outwards to straight up (180): left, right. */
  arms: Point;
  /** Bend of the elbows, positive inwards and up: left, right. */
  elbows: Point;
  /** Thighs, from straight down outwards: left, right. */
  thighs: Point;
  /** Bend of the knees, positive inwards: left, right. */
  knees: Point;
}

/** Size and colours of a figure. */
export interface Look {
  /** Height from sole to crown in pixels. */
  height: number;
  /** Colour of face, neck, arms and hands, as CSS writes colours. */
  skin: string;
  /** Colour of the hair. */
  hair: string;
  /** Colour of the shirt. */
  shirt: string;
  /** Colour of the trousers. */
  trousers: string;
  /** Colour of the shoes. */
  shoes: string;
  /** Hair down to the shoulders. */
  longHair: boolean;
}

/** Joints by their PoseTrack names, in pixels. */
export type Joints = Readonly<Record<string, Point>>;

/**
 * Bends a figure into a posture.
 *
 * @param look Gives the height.
 * @param posture The angles.
 * @returns The fifteen joints of PoseTrack.
 */
export function jointsOf({ height }: Look, posture: Posture): Joints {
  const h = height;
  const legs = 0.47 * h * Math.cos(Math.max(...posture.thighs) * Math.PI / 180) + 0.045 * h;
  const pelvis: Point = [posture.ground[0], posture.ground[1] - legs - posture.lift * h];
  const up = (length: number): Point => step(pelvis, 180 - posture.lean, length);
  const neck = up(0.31 * h);
  const joints: Record<string, Point> = {
    nose: up(0.41 * h),
    head_bottom: up(0.345 * h),
    head_top: up(0.5 * h),
  };
  (["left", "right"] as const).forEach((side, i) => {
    const sign = i === 0 ? 1 : -1;
    const shoulder = step(neck, 90 * sign - posture.lean, 0.105 * h);
    const hip = step(pelvis, 90 * sign - posture.lean, 0.062 * h);
    const arm = sign * posture.arms[i];
    const elbow = step(shoulder, arm, 0.165 * h);
    const knee = step(hip, sign * posture.thighs[i], 0.24 * h);
    joints[`${side}_shoulder`] = shoulder;
    joints[`${side}_elbow`] = elbow;
    joints[`${side}_wrist`] = step(elbow, arm + sign * posture.elbows[i], 0.15 * h);
    joints[`${side}_hip`] = hip;
    joints[`${side}_knee`] = knee;
    joints[`${side}_ankle`] = step(knee, sign * (posture.thighs[i] - posture.knees[i]), 0.23 * h);
  });
  return joints;
}

/** The point `length` away; 0° is down, 90° to the right, 180° up. */
function step([x, y]: Point, degrees: number, length: number): Point {
  const angle = degrees * Math.PI / 180;
  return [x + length * Math.sin(angle), y + length * Math.cos(angle)];
}

/**
 * Draws a figure.
 *
 * @param context Where to draw.
 * @param look Size and colours.
 * @param joints Where its joints are.
 */
export function drawFigure(context: SKRSContext2D, look: Look, joints: Joints): void {
  const h = look.height;
  context.save();
  context.lineJoin = "round";
  if (look.longHair) drawLongHair(context, look, joints);
  drawShoe(context, { look, ankle: joints.right_ankle, outwards: -1 });
  drawShoe(context, { look, ankle: joints.left_ankle, outwards: 1 });
  const legs = ["right", "left"].flatMap((side): Segment[] => {
    const [hip, knee, ankle] = ["hip", "knee", "ankle"].map((name) => joints[`${side}_${name}`]);
    return [
      { from: hip, to: knee, radii: [0.05 * h, 0.038 * h] },
      { from: knee, to: ankle, radii: [0.038 * h, 0.027 * h] },
    ];
  });
  const hips: Segment = { from: joints.left_hip, to: joints.right_hip, radii: [0.048 * h, 0.048 * h] };
  drawLimb(context, look.trousers, [hips, ...legs]);
  drawTrunk(context, look, joints);
  drawHead(context, look, joints);
  for (const side of ["right", "left"]) {
    const [shoulder, elbow, wrist] = ["shoulder", "elbow", "wrist"].map((name) => joints[`${side}_${name}`]);
    drawLimb(context, look.skin, [
      { from: shoulder, to: elbow, radii: [0.03 * h, 0.025 * h] },
      { from: elbow, to: wrist, radii: [0.025 * h, 0.018 * h] },
      { from: wrist, to: middle(elbow, wrist, 1.2), radii: [0.02 * h, 0.024 * h] },
    ]);
    drawLimb(context, look.shirt, [{
      from: shoulder,
      to: middle(shoulder, elbow, 0.6),
      radii: [0.036 * h, 0.034 * h],
    }]);
    // no seam between sleeve and trunk
    const inwards = middle(shoulder, joints.head_bottom, 0.25);
    ellipse(context, [inwards[0], inwards[1] + 0.028 * h], [0.032 * h, 0.03 * h]);
    context.fillStyle = look.shirt;
    context.fill();
  }
  context.restore();
}

/** Part of a limb: thicker at one end than at the other. */
interface Segment {
  from: Point;
  to: Point;
  radii: Point;
}

/** A limb of one colour, its parts melted together, lighter along its upper left and with a thin darker edge. */
function drawLimb(context: SKRSContext2D, color: string, segments: readonly Segment[]): void {
  for (const segment of segments) {
    outline(context, segment);
    context.lineWidth = Math.max(0.3 * segment.radii[0], 1);
    context.strokeStyle = edge;
    context.stroke();
  }
  for (const segment of segments) {
    outline(context, segment);
    context.fillStyle = color;
    context.fill();
  }
  for (const { from, to, radii: [a, b] } of segments) {
    context.beginPath();
    context.moveTo(from[0] - 0.35 * a, from[1] - 0.2 * a);
    context.lineTo(to[0] - 0.35 * b, to[1] - 0.2 * b);
    context.lineCap = "butt";
    context.lineWidth = 0.3 * (a + b);
    context.strokeStyle = "rgba(255, 255, 255, 0.14)";
    context.stroke();
  }
}

function outline(context: SKRSContext2D, { from, to, radii: [a, b] }: Segment): void {
  const angle = Math.atan2(to[1] - from[1], to[0] - from[0]);
  context.beginPath();
  context.arc(from[0], from[1], a, angle + Math.PI / 2, angle - Math.PI / 2);
  context.arc(to[0], to[1], b, angle - Math.PI / 2, angle + Math.PI / 2);
  context.closePath();
}

function drawTrunk(context: SKRSContext2D, look: Look, joints: Joints): void {
  const h = look.height;
  const [ls, rs, lh, rh] = ["left_shoulder", "right_shoulder", "left_hip", "right_hip"].map((name) =>
    joints[name]
  );
  const neck = middle(ls, rs, 0.5);
  drawLimb(context, look.skin, [{ from: neck, to: joints.head_bottom, radii: [0.03 * h, 0.027 * h] }]);
  const out = 0.03 * h;
  context.beginPath();
  context.moveTo(neck[0] - 0.03 * h, neck[1] - 0.02 * h);
  context.lineTo(neck[0] + 0.03 * h, neck[1] - 0.02 * h);
  context.quadraticCurveTo(ls[0], ls[1] - 0.035 * h, ls[0] + out, ls[1] + 0.01 * h);
  context.bezierCurveTo(
    ls[0] + 0.2 * out,
    ls[1] + 0.12 * h,
    lh[0] + 0.6 * out,
    lh[1] - 0.12 * h,
    lh[0] + 1.3 * out,
    lh[1],
  );
  context.quadraticCurveTo((lh[0] + rh[0]) / 2, lh[1] + 0.035 * h, rh[0] - 1.3 * out, rh[1]);
  context.bezierCurveTo(
    rh[0] - 0.6 * out,
    rh[1] - 0.12 * h,
    rs[0] - 0.2 * out,
    rs[1] + 0.12 * h,
    rs[0] - out,
    rs[1] + 0.01 * h,
  );
  context.quadraticCurveTo(rs[0], rs[1] - 0.035 * h, neck[0] - 0.03 * h, neck[1] - 0.02 * h);
  context.closePath();
  paint(context, look.shirt, 0.006 * h);
  const light = context.createLinearGradient(rs[0], rs[1], ls[0], lh[1]);
  light.addColorStop(0, "rgba(255, 255, 255, 0.22)");
  light.addColorStop(0.5, "rgba(255, 255, 255, 0)");
  light.addColorStop(1, "rgba(0, 0, 0, 0.18)");
  context.fillStyle = light;
  context.fill();
  // collar
  context.beginPath();
  context.ellipse(neck[0], neck[1] - 0.018 * h, 0.03 * h, 0.016 * h, 0, 0, Math.PI);
  context.fillStyle = look.skin;
  context.fill();
}

function drawHead(context: SKRSContext2D, look: Look, joints: Joints): void {
  const h = look.height;
  const center = middle(joints.head_bottom, joints.head_top, 0.5);
  const tilt = Math.atan2(
    joints.head_top[0] - joints.head_bottom[0],
    joints.head_bottom[1] - joints.head_top[1],
  );
  context.save();
  context.translate(...center);
  context.rotate(tilt);
  ellipse(context, [0, 0.012 * h], [0.054 * h, 0.069 * h]);
  paint(context, look.skin, 0.005 * h);
  // hair: a cap with a parting
  context.beginPath();
  context.ellipse(0, -0.008 * h, 0.059 * h, 0.068 * h, 0, Math.PI, 2 * Math.PI);
  context.quadraticCurveTo(0.05 * h, -0.035 * h, 0.012 * h, -0.043 * h);
  context.quadraticCurveTo(-0.03 * h, -0.04 * h, -0.059 * h, -0.008 * h);
  context.closePath();
  paint(context, look.hair, 0.004 * h);
  for (const side of [-1, 1]) {
    ellipse(context, [side * 0.021 * h, 0.002 * h], [0.0065 * h, 0.009 * h]);
    context.fillStyle = "#2a2422";
    context.fill();
  }
  context.beginPath();
  context.arc(0, 0.03 * h, 0.019 * h, 0.18 * Math.PI, 0.82 * Math.PI);
  context.lineWidth = 0.006 * h;
  context.strokeStyle = "#8d3f3a";
  context.stroke();
  context.restore();
}

function drawLongHair(context: SKRSContext2D, look: Look, joints: Joints): void {
  const h = look.height;
  const center = middle(joints.head_bottom, joints.head_top, 0.5);
  context.beginPath();
  context.roundRect(center[0] - 0.068 * h, center[1] - 0.06 * h, 0.136 * h, 0.165 * h, 0.06 * h);
  paint(context, look.hair, 0.004 * h);
}

function drawShoe(
  context: SKRSContext2D,
  { look, ankle, outwards }: { look: Look; ankle: Point; outwards: number },
): void {
  const h = look.height;
  ellipse(context, [ankle[0] + outwards * 0.016 * h, ankle[1] + 0.03 * h], [0.042 * h, 0.021 * h]);
  paint(context, look.shoes, 0.005 * h);
}

function ellipse(context: SKRSContext2D, center: Point, radii: Point): void {
  context.beginPath();
  context.ellipse(center[0], center[1], radii[0], radii[1], 0, 0, 2 * Math.PI);
}

function paint(context: SKRSContext2D, color: string, edgeWidth: number): void {
  context.lineWidth = edgeWidth;
  context.strokeStyle = edge;
  context.stroke();
  context.fillStyle = color;
  context.fill();
}

function middle(a: Point, b: Point, share: number): Point {
  return [a[0] + share * (b[0] - a[0]), a[1] + share * (b[1] - a[1])];
}
