import { type Activity, randomActivity } from "./actions/activity.ts";
import { type PlaceName, placeNames } from "./backgrounds/background.ts";
import { type Body, type PersonKind, randomBody } from "./body.ts";
import { type Camera, project, randomCameraMotion, type Size } from "./camera.ts";
import { type Amounts, type Exposure, exposureOf, randomDegradations } from "./degradations.ts";
import type { Shading } from "./draw_parts.ts";
import { figureParts } from "./figure.ts";
import { shapesOf } from "./figure_part.ts";
import { type Look, randomLook, type Rgb } from "./look.ts";
import { type Occluder, randomOccluder } from "./occluder.ts";
import { Random } from "./random.ts";
import { boundsOf } from "./shape.ts";
import { type Skeleton, skeletonOf, type Stand } from "./skeleton.ts";

/** A person of a scene. */
export interface ScenePerson {
  /** Sizes. */
  body: Body;
  /** Skin, hair and clothes. */
  look: Look;
  /** What the person does. */
  activity: Activity;
  /** Where the person stands in the middle of the clip. */
  stand: Stand;
  /** Colours of the things that the person holds or sits on. */
  propColors: readonly Rgb[];
  /** The skeleton, by seconds from the middle of the clip. */
  skeletonAt: (time: number) => Skeleton;
}

/** Everything that a clip shows. */
export interface Scene {
  /** Who is there; the index is the track id. */
  people: readonly ScenePerson[];
  /** The camera. */
  camera: Camera;
  /** Where it is. */
  place: PlaceName;
  /** Distance of a wall behind the people, in metres. */
  wall: number;
  /** Random numbers that draw the place. */
  scenery: Random;
  /** How light falls. */
  shading: Shading;
  /** Things between the camera and the people. */
  occluders: readonly Occluder[];
  /** What makes the clip hard to see. */
  degradations: Amounts;
  /** What that means for its pictures. */
  exposure: Exposure;
  /** Quality of its JPEG files. */
  quality: number;
  /** Random numbers for noise. */
  noise: Random;
}

/** What a scene is made from. */
export interface SceneOptions {
  /** Name of the random numbers: equal names give equal scenes. */
  name: string;
  /** Size of the frames. */
  size: Size;
  /** Length of the clip in seconds. */
  seconds: number;
  /** Seconds from frame to frame. */
  interval: number;
  /** Strength of the degradations, 0 to 1. */
  strength: number;
}

const kinds: readonly (readonly [number, PersonKind])[] = [[5, "man"], [5, "woman"], [2, "boy"], [2, "girl"]];

/** How many people, with how often that is drawn, and how high they are in the picture: shares of its height. */
const crowds: readonly (readonly [number, { count: number; share: readonly [number, number] }])[] = [
  [53, { count: 1, share: [0.5, 0.84] }],
  [7, { count: 1, share: [1, 1.5] }],
  [30, { count: 2, share: [0.44, 0.72] }],
  [10, { count: 3, share: [0.4, 0.58] }],
];

/**
 * Draws a scene: the people, what they do, where, who films them and what hides them. Its parts draw from streams of
 * their own, so that the strength of the degradations changes nothing else.
 *
 * @param options Name, size, times and strength.
 * @returns The scene.
 */
export function makeScene(options: SceneOptions): Scene {
  const { size, seconds, interval, strength } = options;
  const random = new Random(options.name);
  const layout = random.stream("layout");
  const { count, share } = layout.weighted(crowds);
  const first = randomPerson(random.stream("person 0"));
  const depth = layout.between(3.6, 7.5);
  const pixels = layout.between(...share) * size.height;
  const focal = pixels * depth / first.body.height;
  const eye = layout.between(0.85, 1.65);
  const isClose = pixels > size.height;
  const feet = isClose
    ? pixels + size.height * layout.between(0.06, 0.2) // the head is in the frame, the feet are not
    : size.height * layout.between(0.86, 0.96);
  const camera: Camera = {
    size,
    focal,
    eye,
    horizon: feet - focal * eye / depth,
    motion: { pan: [0, 0], zoom: 0, shake: 0, shakePhase: 0 },
  };
  const slots = layout.sample(Array.from({ length: count }, (_, i) => i), count);
  const people = slots.map((slot, i): ScenePerson => {
    const person = i === 0 ? first : randomPerson(random.stream(`person ${i}`));
    const own = i === 0 ? depth : depth * layout.between(0.92, 1.35);
    const column = size.width * (slot + 0.5 + layout.between(-0.16, 0.16)) / count;
    const stand: Stand = {
      x: (column - size.width / 2) * own / focal,
      depth: own,
      heading: randomHeading(layout, person.activity.speed > 0),
    };
    return { ...person, stand, skeletonAt: (time) => skeletonAt({ ...person, stand }, time) };
  });
  const lead = people[0];
  camera.motion = randomCameraMotion(random.stream("camera"), {
    size,
    seconds,
    subjectSpeed: lead.activity.speed * Math.sin(lead.stand.heading * Math.PI / 180) * focal /
      lead.stand.depth,
  });
  const light = random.stream("light");
  const scenery = random.stream("place");
  const place = scenery.pick(placeNames);
  const farthest = Math.max(...people.map(({ stand }) => stand.depth));
  const damage = random.stream("degradations");
  const degradations = randomDegradations(damage.stream("amounts"), strength);
  return {
    people,
    camera,
    place,
    wall: farthest + scenery.between(0.9, 3),
    scenery,
    shading: {
      light: light.pick([-1, 1] as const),
      relief: light.between(0.6, 1.1),
      edge: light.between(0.15, 0.6),
    },
    occluders: occludersOf(people, { camera, random: damage, amount: degradations.occlusion ?? 0 }),
    degradations,
    exposure: exposureOf(degradations, {
      size,
      interval,
      direction: damage.stream("sweep").between(0, 2 * Math.PI),
    }),
    quality: light.integer(82, 92),
    noise: random.stream("noise"),
  };
}

function randomPerson(random: Random): Omit<ScenePerson, "stand" | "skeletonAt"> {
  const kind = random.weighted(kinds);
  const activity = randomActivity(random.stream("activity"));
  const colors = random.stream("things");
  return {
    body: randomBody(random.stream("body"), kind),
    look: randomLook(random.stream("look"), kind),
    activity,
    propColors: activity.props.map((): Rgb => [
      colors.between(60, 235),
      colors.between(60, 225),
      colors.between(60, 225),
    ]),
  };
}

/** Who walks is mostly seen from the side, who stands mostly from the front. */
function randomHeading(random: Random, isMoving: boolean): number {
  const middle = isMoving
    ? random.weighted([[3, 90], [3, -90], [1, 45], [1, -45], [1, 0], [1, 180], [0.7, 135], [0.7, -135]])
    : random.weighted([[4, 0], [2, 40], [2, -40], [1.5, 90], [1.5, -90], [1.5, 180], [0.8, 140], [
      0.8,
      -140,
    ]]);
  return middle + random.between(-14, 14);
}

function skeletonAt({ body, activity, stand }: Omit<ScenePerson, "skeletonAt">, time: number): Skeleton {
  const way = activity.speed * time;
  const angle = stand.heading * Math.PI / 180;
  return skeletonOf(body, activity.posture(time), {
    x: stand.x + way * Math.sin(angle),
    depth: stand.depth - way * Math.cos(angle),
    heading: stand.heading,
  });
}

function occludersOf(
  people: readonly ScenePerson[],
  { camera, random, amount }: { camera: Camera; random: Random; amount: number },
): Occluder[] {
  if (amount === 0) return [];
  return people.flatMap((person, i) => {
    const own = random.stream(`occluder ${i}`);
    if (i > 0 && own.chance(0.35)) return [];
    const skeleton = person.skeletonAt(0);
    const parts = figureParts({ body: person.body, look: person.look, skeleton, camera });
    const bounds = boundsOf(parts.flatMap(shapesOf));
    return [randomOccluder(own, { bounds, frameHeight: camera.size.height, amount })];
  });
}

/**
 * Where a person is seen, as text needs it.
 *
 * @param scene The scene.
 * @param person One of its people.
 * @returns Column of the hips in the middle of the clip, as a share of the frame's width.
 */
export function columnOf({ camera }: Scene, person: ScenePerson): number {
  return project(camera, person.skeletonAt(0).pelvis).point[0] / camera.size.width;
}
