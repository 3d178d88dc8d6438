import assert from "node:assert/strict";
import { keypointSets } from "../../../people/keypoint_sets.ts";
import { annotate } from "../../../training/synthetic/annotate.ts";
import { applyAffine, project, viewAt } from "../../../training/synthetic/camera.ts";
import { clipDocument } from "../../../training/synthetic/clip_document.ts";
import { type ClipSettings, makeClip, splitOf } from "../../../training/synthetic/clip.ts";
import { hides, type Occluder } from "../../../training/synthetic/occluder.ts";
import type { Scene, ScenePerson } from "../../../training/synthetic/scene.ts";
import type { JointName } from "../../../training/synthetic/skeleton.ts";
import type { Vector } from "../../../training/synthetic/vector.ts";

const size = { width: 320, height: 240 };
const settings: ClipSettings = { seed: 5, degraded: 0, frames: 6, size };
const names = keypointSets.posetrack17.keypoints;
const clips = Array.from({ length: 60 }, (_, index) => makeClip(settings, index));

/** Where a joint is seen, in the frame or not. */
function seenAt(scene: Scene, person: number, name: string, time: number): readonly [number, number] {
  const joint = scene.people[person].skeletonAt(time).joints[name as JointName];
  return applyAffine(viewAt(scene.camera, time), project(scene.camera, joint).point);
}

Deno.test("annotate() puts every joint where it is projected, and leaves out those outside the frame", () => {
  let inside = 0;
  let outside = 0;
  for (const { scene, times } of clips) {
    for (const { trackId, joints } of annotate(scene, times[0])) {
      joints.forEach(({ x, y, visibility }, k) => {
        if (/ear/.test(names[k])) return assert.deepEqual([x, y, visibility], [0, 0, 0]);
        const [column, row] = seenAt(scene, trackId, names[k], times[0]);
        if (column < 0 || row < 0 || column >= size.width || row >= size.height) {
          outside++;
          return assert.deepEqual([x, y, visibility], [0, 0, 0]);
        }
        inside++;
        const error = Math.hypot(x - column, y - row);
        assert.ok(error <= 0.01, `${names[k]} is ${error} px off`);
      });
    }
  }
  assert.ok(inside > 1000 && outside > 5, `${inside} inside, ${outside} outside`);
});

Deno.test("annotate() draws boxes around what is in the frame, and head boxes around heads", () => {
  for (const { scene, times } of clips) {
    for (const { joints, box: [x, y, width, height], headBox } of annotate(scene, times[2])) {
      assert.ok(x >= 0 && y >= 0 && x + width <= size.width + 0.011 && y + height <= size.height + 0.011);
      for (const joint of joints) {
        if (joint.x === 0 && joint.y === 0) continue;
        const isIn = joint.x >= x - 1 && joint.y >= y - 1 && joint.x <= x + width + 1 &&
          joint.y <= y + height + 1;
        assert.ok(isIn, `${joint.x}, ${joint.y} outside ${[x, y, width, height]}`);
      }
      const top = joints[names.indexOf("head_top")];
      if (top.x === 0 && top.y === 0) continue;
      assert.ok(top.x >= headBox[0] - 2 && top.x <= headBox[0] + headBox[2] + 2);
      assert.ok(top.y >= headBox[1] - 3 && top.y <= headBox[1] + headBox[3] + 2);
    }
  }
});

Deno.test("annotate() keeps the place of a joint that something hides, with visibility 0", () => {
  const wall: Occluder = {
    name: "board",
    color: [0, 0, 0],
    shapes: [{ kind: "polygon", points: [[0, 0], [320, 0], [320, 130], [0, 130]] }],
  };
  let hidden = 0;
  for (const { scene } of clips) {
    const before = annotate(scene, 0);
    const after = annotate({ ...scene, occluders: [wall] }, 0);
    after.forEach(({ joints, trackId }, i) => {
      joints.forEach(({ x, y, visibility }, k) => {
        const open = before[i].joints[k];
        assert.deepEqual([x, y], [open.x, open.y]);
        if (x === 0 && y === 0) return;
        const still =
          project(scene.camera, scene.people[trackId].skeletonAt(0).joints[names[k] as JointName]).point;
        const isBehind = still[0] > 0 && still[0] < 320 && still[1] > 0 && still[1] < 130;
        assert.equal(visibility, isBehind ? 0 : open.visibility, names[k]);
        if (isBehind) hidden++;
      });
    });
  }
  assert.ok(hidden > 300, `${hidden} joints hidden`);
});

/** The same person at half the distance and of half the size: seen at the very same place, in front of the other. */
function nearer(person: ScenePerson, eye: number): ScenePerson {
  const half = ([x, y, z]: Vector): Vector => [x / 2, eye - (eye - y) / 2, z / 2];
  const each = <K extends string>(points: Readonly<Record<K, Vector>>) =>
    Object.fromEntries(Object.entries<Vector>(points).map(([name, point]) => [name, half(point)])) as Record<
      K,
      Vector
    >;
  return {
    ...person,
    skeletonAt: (time) => {
      const { joints, hands, toes, pelvis, waist, neck, ...axes } = person.skeletonAt(time);
      return {
        ...axes,
        joints: each(joints),
        hands: each(hands),
        toes: each(toes),
        pelvis: half(pelvis),
        waist: half(waist),
        neck: half(neck),
      };
    },
  };
}

Deno.test("annotate() lets a nearer person hide a farther one, never the other way", () => {
  let hidden = 0;
  let all = 0;
  for (const { scene } of clips) {
    const [one] = scene.people;
    const [far, near] = annotate({ ...scene, people: [one, nearer(one, scene.camera.eye)] }, 0);
    far.joints.forEach(({ x, y, visibility }, k) => {
      assert.deepEqual([x, y], [near.joints[k].x, near.joints[k].y]);
      if (x === 0 && y === 0) return;
      assert.equal(near.joints[k].visibility, 1);
      all++;
      if (visibility === 0) hidden++;
    });
  }
  assert.ok(hidden / all > 0.98, `${hidden} of ${all} joints are hidden`);
});

Deno.test("clipDocument() has PoseTrack's fields, ids that never repeat and names that poseval takes", () => {
  const ids = new Set<number>();
  for (
    const clip of [makeClip(settings, 0), makeClip(settings, 1), makeClip({ ...settings, seed: 1005 }, 0)]
  ) {
    const document = clipDocument(clip, "train") as {
      images: { id: number; file_name: string; nframes: number; vid_id: string; degraded: boolean }[];
      annotations: {
        id: number;
        image_id: number;
        keypoints: number[];
        bbox_head: number[];
        num_keypoints: number;
      }[];
    };
    assert.equal(document.images.length, 6);
    const images = new Set(document.images.map(({ id }) => id));
    for (const { id, file_name, nframes, vid_id } of document.images) {
      assert.match(file_name, /^images\/train\/\d+_mpii_synthetic\/\d{6}\.jpg$/);
      assert.ok(file_name.includes(`/${vid_id}_`));
      assert.equal(nframes, 6);
      assert.ok(!ids.has(id) && Number.isSafeInteger(id));
      ids.add(id);
    }
    for (const { id, image_id, keypoints, bbox_head, num_keypoints } of document.annotations) {
      assert.ok(images.has(image_id) && !ids.has(id) && Number.isSafeInteger(id));
      ids.add(id);
      assert.equal(keypoints.length, 51);
      assert.equal(bbox_head.length, 4);
      assert.equal(keypoints.filter((value, i) => i % 3 === 2 && value === 1).length, num_keypoints);
    }
  }
});

Deno.test("makeClip() hides joints of degraded clips alone, more of them with more strength", () => {
  const count = (strength: number, index: number) => {
    const { scene } = makeClip({ ...settings, degraded: strength }, index);
    const hiddenJoints = scene.people.flatMap((person, p) =>
      Object.entries(person.skeletonAt(0).joints)
        .filter(([, joint]) => scene.occluders.some((o) => hides(o, project(scene.camera, joint).point)))
        .map(([name]) => `${p} ${name}`)
    );
    return new Set(hiddenJoints);
  };
  let more = 0;
  for (let index = 0; index < 80; index++) {
    const [none, some, most] = [0, 0.4, 1].map((strength) => count(strength, index));
    assert.equal(none.size, 0);
    if (index % 2 === 0) assert.equal(most.size, 0, "clips of even number are clean");
    assert.ok([...some].every((joint) => most.has(joint)), "what is hidden stays hidden");
    if (most.size > some.size) more++;
  }
  assert.ok(more >= 8, `${more} clips`);
});

Deno.test("makeClip() changes nothing but the degradations with their strength, and knows no other clips", () => {
  for (let index = 0; index < 12; index++) {
    const [clean, hard] = [0, 0.9].map((degraded) => makeClip({ ...settings, degraded }, index));
    assert.equal(clean.name, hard.name);
    const place = ({ scene, times }: typeof clean) =>
      times.map((time) => annotate({ ...scene, occluders: [] }, time));
    assert.deepEqual(place(clean), place(hard));
    assert.equal(clean.scene.place, hard.scene.place);
    assert.equal(hard.isDegraded, index % 2 === 1);
    assert.equal(Object.keys(hard.scene.degradations).length > 0, hard.isDegraded);
    assert.deepEqual(clean.scene.degradations, {});
  }
});

Deno.test("splitOf() parts the seeds so that training and evaluation never share a clip", () => {
  assert.deepEqual([0, 1, 999, 1000, 99_999].map(splitOf), ["train", "train", "train", "val", "val"]);
  const videos = [0, 1, 999, 1000, 1001].flatMap((seed) =>
    [0, 1, 99_999].map((index) => makeClip({ ...settings, seed, frames: 1 }, index).video)
  );
  assert.equal(new Set(videos).size, videos.length);
  const [ones, others] = [1, 1001].map((seed) =>
    Array.from(
      { length: 30 },
      (_, i) => JSON.stringify(annotate(makeClip({ ...settings, seed }, i).scene, 0)),
    )
  );
  assert.ok(!ones.some((one) => others.includes(one)));
});
