import assert from "node:assert/strict";
import { activityOf } from "../../../training/synthetic/actions/activity.ts";
import { type Body, type PersonKind, randomBody } from "../../../training/synthetic/body.ts";
import { between, mirrored, posed } from "../../../training/synthetic/posture.ts";
import { Random } from "../../../training/synthetic/random.ts";
import { type JointName, type Skeleton, skeletonOf } from "../../../training/synthetic/skeleton.ts";
import { dot, length, subtract } from "../../../training/synthetic/vector.ts";
import { body, combinations, facing } from "./people.ts";

/** Bones and their lengths; the neck and the widths of shoulders and hips are bones like any other. */
const bones: readonly (readonly [JointName, JointName, (body: Body) => number])[] = [
  ...(["left", "right"] as const).flatMap((side) =>
    [
      [`${side}_shoulder`, `${side}_elbow`, (b: Body) => b.upperArm],
      [`${side}_elbow`, `${side}_wrist`, (b: Body) => b.forearm],
      [`${side}_hip`, `${side}_knee`, (b: Body) => b.thigh],
      [`${side}_knee`, `${side}_ankle`, (b: Body) => b.shin],
    ] as const
  ),
  ["left_shoulder", "right_shoulder", (b) => 2 * b.shoulder],
  ["left_hip", "right_hip", (b) => 2 * b.hip],
  ["head_bottom", "head_top", (b) => b.head],
];

Deno.test("skeletonOf() keeps every bone's length in every movement at every moment", () => {
  for (const [i, [base, gesture]] of combinations.entries()) {
    const activity = activityOf(new Random(`bones ${i}`), base, gesture);
    for (const time of [-0.4, -0.17, 0, 0.23, 0.41]) {
      const { joints } = skeletonOf(body, activity.posture(time), { x: 1, depth: 5, heading: 37 * i });
      for (const [from, to, wanted] of bones) {
        const found = length(subtract(joints[from], joints[to]));
        const error = Math.abs(found - wanted(body));
        assert.ok(error <= 1e-9, `${base.name} ${gesture?.name} ${from}–${to}: ${found}`);
      }
    }
  }
});

Deno.test("skeletonOf() puts left and right where the heading says", () => {
  const seen = (heading: number) => skeletonOf(body, posed({}), { x: 0, depth: 5, heading }).joints;
  const front = seen(0);
  assert.ok(front.left_shoulder[0] > front.right_shoulder[0], "facing us, the left side is on our right");
  assert.ok(front.nose[2] > front.head_top[2]);
  const back = seen(180);
  assert.ok(back.left_shoulder[0] < back.right_shoulder[0]);
  assert.ok(back.nose[2] < back.head_top[2]);
  const right = seen(90);
  assert.ok(right.nose[0] > right.head_top[0], "the face looks to the right of the picture");
  assert.ok(right.right_hip[2] > right.left_hip[2], "then the right side is the near one");
  const left = seen(-90);
  assert.ok(left.nose[0] < left.head_top[0]);
  assert.ok(left.left_hip[2] > left.right_hip[2]);
});

Deno.test("skeletonOf() stands on the ground, or as far above it as the posture says", () => {
  const lowest = ({ joints }: Skeleton) => Math.min(joints.left_ankle[1], joints.right_ankle[1]) - body.ankle;
  const at = (change: Parameters<typeof posed>[0]) =>
    skeletonOf(body, posed(change), { x: 0, depth: 4, heading: 20 });
  assert.ok(Math.abs(lowest(at({}))) <= 1e-9);
  assert.ok(Math.abs(lowest(at({ rightLegRaise: 80, leftLegBend: 40 }))) <= 1e-9);
  assert.ok(Math.abs(lowest(at({ lift: 0.1 })) - 0.1 * body.height) <= 1e-9);
  const kneeling = at({ rightLegBend: 95, leftLegRaise: 88, leftLegBend: 92 });
  assert.ok(kneeling.joints.right_knee[1] > 0 && kneeling.joints.right_knee[1] < 0.06 * body.height);
});

Deno.test("skeletonOf() turns about the place where the person stands", () => {
  const { pelvis } = skeletonOf(body, posed({}), { x: 1.5, depth: 6, heading: 200 });
  assert.ok(Math.abs(pelvis[0] - 1.5) <= 1e-9 && Math.abs(pelvis[2] + 6) <= 1e-9);
});

Deno.test("skeletonOf() lifts, spreads and bends limbs as the angles say", () => {
  const { joints } = skeletonOf(
    body,
    posed({
      leftArmRaise: 90,
      leftArmSpread: 0,
      leftArmBend: 0,
      rightArmRaise: 0,
      rightArmSpread: 90,
      rightArmTwist: 90,
      rightArmBend: 90,
    }),
    { x: 0, depth: 0, heading: 0 },
  );
  const close = (found: readonly number[], wanted: readonly number[]) =>
    found.forEach((value, i) => assert.ok(Math.abs(value - wanted[i]) <= 1e-9, `${found} ${wanted}`));
  // straight ahead; the right one sideways with the forearm straight up
  close(subtract(joints.left_wrist, joints.left_shoulder), [0, 0, body.upperArm + body.forearm]);
  close(subtract(joints.right_elbow, joints.right_shoulder), [-body.upperArm, 0, 0]);
  close(subtract(joints.right_wrist, joints.right_elbow), [0, body.forearm, 0]);
});

Deno.test("mirrored() mirrors the skeleton, and twice it changes nothing", () => {
  for (const [i, [base, gesture]] of combinations.entries()) {
    const posture = activityOf(new Random(`mirror ${i}`), base, gesture).posture(0.1);
    assert.deepEqual(mirrored(mirrored(posture)), posture);
    const stand = { x: 0, depth: 0, heading: 0 };
    const [one, other] = [skeletonOf(body, posture, stand), skeletonOf(body, mirrored(posture), stand)];
    for (const name of Object.keys(one.joints) as JointName[]) {
      const twin = name.startsWith("left") ? name.replace("left", "right") : name.replace("right", "left");
      const [x, y, z] = other.joints[twin as JointName];
      const error = length(subtract(one.joints[name], [-x, y, z]));
      assert.ok(error <= 1e-9, `${base.name} ${name}`);
    }
  }
});

Deno.test("movements bend knees backwards only and elbows forwards only", () => {
  for (const [i, [base, gesture]] of combinations.entries()) {
    const activity = activityOf(new Random(`knees ${i}`), base, gesture);
    for (const time of [-0.4, -0.2, 0, 0.2, 0.4]) {
      const posture = activity.posture(time);
      for (const side of ["left", "right"] as const) {
        for (const limb of ["Arm", "Leg"] as const) {
          const bend = posture[`${side}${limb}Bend`];
          assert.ok(bend >= -5 && bend <= 165, `${base.name} ${gesture?.name} ${side}${limb}Bend ${bend}`);
        }
      }
      const { joints, pelvisAxes } = facing(activity, time);
      assert.ok(Object.values(joints).flat().every(Number.isFinite), base.name);
      assert.ok(Math.abs(dot([pelvisAxes[0], pelvisAxes[3], pelvisAxes[6]], [1, 0, 0])) > 0.8, base.name);
    }
  }
});

Deno.test("between() meets its keyframes, moves softly and holds before and after", () => {
  const frames = [[0, { bow: 0 }], [0.5, { bow: 40 }], [1, { bow: 10 }]] as const;
  const bowAt = (phase: number) => between(frames, phase).bow;
  assert.deepEqual([-1, 0, 0.25, 0.5, 1, 2].map(bowAt), [0, 0, 20, 40, 10, 10]);
  assert.ok(bowAt(0.05) < 40 * 0.1, "slow at the start");
});

Deno.test("randomBody() makes people of human sizes", () => {
  for (const kind of ["man", "woman", "boy", "girl"] as PersonKind[]) {
    for (let i = 0; i < 100; i++) {
      const one = randomBody(new Random(`${kind} ${i}`), kind);
      const parts = one.abdomen + one.chest + one.neck + one.head + one.thigh + one.shin + one.ankle;
      assert.ok(Math.abs(parts - one.height) <= 1e-9, "the parts add up to the height");
      const legs = (one.thigh + one.shin + one.ankle) / one.height;
      assert.ok(legs > 0.42 && legs < 0.56, `${kind} legs ${legs}`);
      const span = (2 * one.shoulder + 2 * (one.upperArm + one.forearm * 1.42)) / one.height;
      assert.ok(span > 0.85 && span < 1.15, `${kind} arm span ${span}`);
    }
  }
});
