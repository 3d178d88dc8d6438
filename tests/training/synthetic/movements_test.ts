import assert from "node:assert/strict";
import {
  type Activity,
  activityOf,
  gestures,
  type Performed,
  randomActivity,
  stances,
  wholeMovements,
} from "../../../training/synthetic/actions/activity.ts";
import { jumpingJack, lift } from "../../../training/synthetic/actions/exercise.ts";
import { dance } from "../../../training/synthetic/actions/expression.ts";
import { reachDown } from "../../../training/synthetic/actions/gestures.ts";
import type { Movement } from "../../../training/synthetic/actions/movement.ts";
import { stand } from "../../../training/synthetic/actions/stances.ts";
import { Random } from "../../../training/synthetic/random.ts";
import type { Skeleton } from "../../../training/synthetic/skeleton.ts";
import { judge } from "./claims.ts";
import { body, combinations, facing, sightOf } from "./people.ts";

const movements = new Set([
  ...wholeMovements.map(([, movement]) => movement),
  ...stances.map(([, stance]) => stance),
  ...gestures.map(([, gesture]) => gesture),
  reachDown,
]);

function texts({ movement, side }: Performed): string[] {
  const words: Record<string, string> = {
    side: side ?? "",
    other: side === "left" ? "right" : "left",
    he: "she",
    his: "her",
    him: "her",
  };
  return [...movement.does, ...movement.limbs]
    .map((pattern) => pattern.replaceAll(/\{(\w+)\}/g, (_, blank) => words[blank]));
}

Deno.test("movements say the side if they have one, and use no unknown blanks", () => {
  for (const { name, sided, does, limbs } of movements) {
    const blanks = [...does, ...limbs].flatMap((text) =>
      [...text.matchAll(/\{([^}]*)\}/g)].map(([, b]) => b)
    );
    assert.ok(blanks.every((blank) => ["side", "other", "he", "his", "him"].includes(blank)), name);
    for (const text of limbs) assert.equal(/\{side\}/.test(text), sided, `${name}: ${text}`);
    if (!sided) {
      assert.ok(
        ![...does, ...limbs].some((text) => /\{side\}|\{other\}|\bleft\b|\bright\b/.test(text)),
        name,
      );
    }
    assert.ok(does.length >= 2 && limbs.length >= 2, `${name} is said in one way only`);
  }
});

Deno.test("movements do with the body what their texts say, on both sides", () => {
  let claims = 0;
  const broken = new Set<string>();
  const judged = new Set<string>();
  for (const [i, [base, gesture]] of combinations.entries()) {
    const sides = new Set<string | undefined>();
    for (let draw = 0; draw < 12; draw++) {
      const activity = activityOf(new Random(`claims ${i} ${draw}`), base, gesture);
      const main = activity.gesture ?? activity.base;
      sides.add(main.side);
      // what is said of the arms of the base does not hold once a gesture moves them
      for (const text of texts(main)) {
        const verdict = judge(text, sightOf(activity));
        claims += verdict.claims;
        if (verdict.claims > 0) {
          judged.add(main.movement.name);
        }
        for (const claim of verdict.broken) broken.add(`${base.name} + ${gesture?.name}: ${claim} (${text})`);
      }
    }
    assert.equal(
      sides.size,
      (gesture ?? base).sided ? 2 : 1,
      `${base.name} + ${gesture?.name} has both sides`,
    );
  }
  assert.deepEqual([...broken], []);
  assert.ok(claims > 3000, `only ${claims} claims were judged`);
  const silent = [...movements].map(({ name }) => name).filter((name) => !judged.has(name));
  // these are told over time, see the next test
  assert.deepEqual(silent.filter((name) => !["dance", "jumping jack", "lift"].includes(name)), []);
});

Deno.test("movements that are told over time do it in the course of a cycle", () => {
  const over = (movement: Movement) => {
    const activity = activityOf(new Random("cycle"), movement);
    const skeletons = Array.from({ length: 24 }, (_, i) => facing(activity, activity.base.period * i / 24));
    return (measure: (skeleton: Skeleton) => number) => {
      const values = skeletons.map(measure);
      return [Math.min(...values), Math.max(...values)];
    };
  };
  const wrists = ({ joints }: Skeleton) => Math.min(joints.left_wrist[1], joints.right_wrist[1]);
  const [h, top] = [body.height, facing(activityOf(new Random("still"), stand)).joints.head_top[1]];
  const jack = over(jumpingJack);
  assert.ok(jack(wrists)[0] < 0.55 * h && jack(wrists)[1] > top, "arms at the sides, arms over the head");
  const feet = jack(({ joints }) => joints.left_ankle[0] - joints.right_ankle[0]);
  assert.ok(feet[0] < 0.2 * h && feet[1] > 0.4 * h, "legs together, legs apart");
  const [low, high] = over(lift)(wrists);
  assert.ok(low < 0.9 * top && low > 0.7 * top && high > 1.02 * top, "from the shoulders over the head");
  const swing = over(dance);
  const turns = swing(({ joints }) => joints.left_wrist[1] - joints.right_wrist[1]);
  assert.ok(turns[0] < -0.15 * h && turns[1] > 0.15 * h, "one arm up, then the other");
});

Deno.test("movements are not true of the mirrored body: the side matters", () => {
  const judgements: Record<string, number> = {};
  for (const [i, [base, gesture]] of combinations.entries()) {
    const movement = gesture ?? base;
    if (!movement.sided || gesture !== undefined && base.sided) continue;
    const activity = activityOf(new Random(`wrong side ${i}`), base, gesture);
    const main = activity.gesture ?? activity.base;
    const swapped: Performed = { ...main, side: main.side === "left" ? "right" : "left" };
    const broken = texts(swapped).filter((text) => judge(text, sightOf(activity)).broken.length > 0);
    judgements[movement.name] = (judgements[movement.name] ?? 0) + broken.length;
  }
  for (const [name, broken] of Object.entries(judgements)) {
    assert.ok(broken > 0, `${name} is true on the wrong side`);
  }
});

Deno.test("movements move: no joint stands still in all of them, and nothing jumps", () => {
  for (const movement of movements) {
    const activity: Activity = activityOf(new Random("moves"), movement);
    let way = 0;
    let largest = 0;
    for (let i = -5; i < 5; i++) {
      const [a, b] = [facing(activity, i / 60).joints, facing(activity, (i + 1) / 60).joints];
      for (const name of Object.keys(a) as (keyof typeof a)[]) {
        const step = Math.hypot(a[name][0] - b[name][0], a[name][1] - b[name][1], a[name][2] - b[name][2]);
        way += step;
        largest = Math.max(largest, step);
      }
    }
    assert.ok(way > 0.001, `${movement.name} moves ${way} m`);
    // a fist or foot of a sportsman reaches about 15 m/s
    assert.ok(largest * 60 < 15, `${movement.name} moves at ${largest * 60} m/s`);
  }
});

Deno.test("randomActivity() draws every action of the list, and both sides of each alike", () => {
  const counts: Record<string, number> = {};
  let left = 0;
  let sided = 0;
  const n = 6000;
  for (let i = 0; i < n; i++) {
    const { action, base, gesture } = randomActivity(new Random(`draw ${i}`));
    counts[action] = (counts[action] ?? 0) + 1;
    const { side } = gesture ?? base;
    if (side === undefined) continue;
    sided++;
    if (side === "left") left++;
  }
  const wanted = [
    "walk",
    "run",
    "wave",
    "squat",
    "jump",
    "throw",
    "kick",
    "sit",
    "reach",
    "dance",
    "clap",
    "bow",
    "jumping jack",
    "lunge",
    "point",
  ];
  for (const action of wanted) assert.ok(counts[action] > n / 200, `${action}: ${counts[action]} of ${n}`);
  assert.ok(Object.keys(counts).length >= 25, `${Object.keys(counts)}`);
  assert.ok(Math.abs(left / sided - 0.5) <= 5 * Math.sqrt(0.25 / sided), `${left} of ${sided} on the left`);
});
