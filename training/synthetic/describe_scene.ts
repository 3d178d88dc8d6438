import type { Performed } from "./actions/activity.ts";
import type { Stance } from "./actions/movement.ts";
import type { PlaceName } from "./backgrounds/background.ts";
import type { DegradationName } from "./degradations.ts";
import { Random } from "./random.ts";
import { columnOf, type Scene, type ScenePerson } from "./scene.ts";
import { appearance, capitalized, type Pronouns, pronounsOf, viewOf, wayOf } from "./words.ts";

/** What is said of a clip. */
export interface SceneDescription {
  /** One paragraph about everybody. */
  text: string;
  /** One paragraph about each person, by track id. */
  people: readonly string[];
}

const placeWords: Readonly<Record<PlaceName, readonly string[]>> = {
  park: ["in a park", "on the grass in a park", "outside on the grass"],
  street: ["in the street", "on a street", "on the road"],
  gym: ["in a gym", "inside a gym"],
  beach: ["on the beach", "on the sand by the water"],
  room: ["in a room", "at home in a room", "inside a house"],
  field: ["on a sport field", "on the field of a stadium", "on a court"],
  studio: ["in front of a wall", "inside"],
};

const numbers: readonly string[] = ["No", "One", "Two", "Three"];

const troubles: Readonly<Record<DegradationName, readonly string[]>> = {
  occlusion: ["Part of the body is hidden.", "One part of the body is not visible."],
  motion_blur: ["The movement is blurred.", "The image is blurred by the movement."],
  defocus: ["The image is blurred.", "The image is not sharp."],
  low_light: ["It is dark.", "The image is very dark."],
};

/**
 * Describes a scene as a multimodal language model would: who does what with which side, from left to right.
 *
 * @param scene The scene.
 * @param name Name of the random numbers that choose the words.
 * @returns The texts. Left and right of a body are its owner's.
 */
export function describeScene(scene: Scene, name: string): SceneDescription {
  const random = new Random(name);
  const count = scene.people.length;
  const order = scene.people.map((_, index) => index)
    .sort((a, b) => columnOf(scene, scene.people[a]) - columnOf(scene, scene.people[b]));
  const people: string[] = [];
  order.forEach((index, rank) => {
    const position = count === 1 ? undefined : positionOf(rank, count);
    people[index] = aboutPerson(scene.people[index], {
      random: random.stream(`person ${index}`),
      position,
      brief: count > 2 || (count === 2 && random.chance(0.5)),
    });
  });
  const parts: string[] = [];
  const place = random.pick(placeWords[scene.place]);
  if (count > 1) {
    if (random.chance(0.5)) parts.push(`${numbers[count]} people are ${place}.`);
  } else if (random.chance(0.4)) {
    parts.push(random.pick([`The clip was taken ${place}.`, `One person is ${place}.`]));
  }
  parts.push(...order.map((index) => people[index]));
  const named = (Object.keys(scene.degradations) as DegradationName[]).filter(() => random.chance(0.5));
  for (const degradation of named) parts.push(random.pick(troubles[degradation]));
  return { text: parts.join(" "), people };
}

function positionOf(rank: number, count: number): string {
  if (rank === 0) return "on the left";
  return rank === count - 1 ? "on the right" : "in the middle";
}

/** Who it is, the action, the limbs, the view and the way: the order changes, and so do the words. */
function aboutPerson(
  { body, look, activity, stand }: ScenePerson,
  { random, position, brief }: { random: Random; position: string | undefined; brief: boolean },
): string {
  const pronouns = pronounsOf(body.kind);
  const { base, gesture } = activity;
  const who = appearance(random, { kind: body.kind, look, brief });
  // where words are few, an action that names its side or both says enough
  const sure = (gesture ?? base).movement.does.filter((does) => /\{side\}|\{other\}|both/.test(does));
  const isAlone = brief && sure.length > 0 && random.chance(0.6);
  const action = actionOf(random, { base, gesture, pronouns, ...(isAlone ? { sure } : {}) });
  const limbs = isAlone ? undefined : limbsOf(random, { base, gesture, pronouns, brief });
  const facing = { heading: stand.heading, brief };
  const view = activity.speed > 0 && random.chance(0.75) ? wayOf(random, facing) : viewOf(random, facing);
  const subject = position === undefined ? capitalized(who) : random.pick([
    `${capitalized(position)} ${who}`,
    `${capitalized(position)}, ${who}`,
    `${capitalized(who)} ${position}`,
  ]);
  const { he } = pronouns;
  if (limbs === undefined) {
    return random.pick([`${subject} ${action}, ${view}.`, `${subject}, ${view}, ${action}.`]);
  }
  return random.weighted([
    [3, `${subject} ${action}, ${view}: ${limbs}.`],
    [3, `${subject} ${action}. ${capitalized(limbs)}, ${view}.`],
    [2, `${subject}, ${view}, ${action}; ${limbs}.`],
    [2, `${subject} ${action} while ${limbs}; ${he} is ${view}.`],
  ]);
}

function actionOf(
  random: Random,
  { base, gesture, pronouns, sure }: {
    base: Performed;
    gesture: Performed | undefined;
    pronouns: Pronouns;
    sure?: readonly string[];
  },
): string {
  const does = sure ?? (gesture ?? base).movement.does;
  if (gesture === undefined) return filled(random.pick(does), base, pronouns);
  const whole = filled(random.pick(base.movement.does), base, pronouns);
  const arms = filled(random.pick(does), gesture, pronouns);
  const isSilent = (base.movement as Stance).mayBeSilent && random.chance(0.6);
  return isSilent ? arms : `${whole} and ${arms}`;
}

function limbsOf(
  random: Random,
  options: { base: Performed; gesture: Performed | undefined; pronouns: Pronouns; brief: boolean },
): string {
  const { base, gesture, pronouns, brief } = options;
  if (gesture === undefined) return filled(random.pick(base.movement.limbs), base, pronouns);
  const arms = filled(random.pick(gesture.movement.limbs), gesture, pronouns);
  const legs = legsOf(base);
  return legs === undefined || brief ? arms : `${arms}, ${filled(legs, base, pronouns)}`;
}

/** What a stance says of the legs when a gesture speaks for the arms. */
function legsOf({ movement }: Performed): string | undefined {
  switch (movement.name) {
    case "sit":
      return "both knees are bent";
    case "kneel":
      return "the {side} knee is on the ground";
    case "walk":
      return "the {side} leg swings forward";
    default:
      return undefined;
  }
}

function filled(pattern: string, { side }: Performed, pronouns: Pronouns): string {
  const words: Readonly<Record<string, string>> = {
    ...pronouns,
    side: side ?? "",
    other: side === "left" ? "right" : "left",
  };
  return pattern.replaceAll(/\{(\w+)\}/g, (_, blank: string) => words[blank]);
}
