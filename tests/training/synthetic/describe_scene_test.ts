import assert from "node:assert/strict";
import { namedConfig } from "../../../model/config.ts";
import { describeScene } from "../../../training/synthetic/describe_scene.ts";
import { project } from "../../../training/synthetic/camera.ts";
import { makeScene, type Scene } from "../../../training/synthetic/scene.ts";
import { createTokenizer } from "../../../text/tokenizer.ts";
import { tinyVocabulary } from "../../../text/tiny_vocabulary.ts";
import { judge } from "./claims.ts";
import { sightOf } from "./people.ts";

function sceneOf(index: number, strength = 0.6): Scene {
  return makeScene({
    name: `described ${index}`,
    size: { width: 320, height: 240 },
    seconds: 10 / 12,
    interval: 1 / 12,
    strength,
  });
}

const scenes = Array.from({ length: 300 }, (_, index) => sceneOf(index));
const told = scenes.map((scene, index) => describeScene(scene, `words ${index}`));

/** The word by which an action is told, whatever the wording. */
const words: Readonly<Record<string, RegExp>> = {
  "walk": /walk|step|stride/,
  "run": /run|jog|sprint/,
  "march": /march|knees high|high knees/,
  "hop": /hop|one leg/,
  "squat": /squat/,
  "jump": /jump|leap/,
  "jumping jack": /jumping jacks|jumps with arms/,
  "lunge": /lunge/,
  "lift": /bar\b/,
  "stretch": /stretch|bends sideways/,
  "balance": /balanc|stands on the/,
  "bend down": /bends down|touches|bending forward/,
  "throw": /throw/,
  "kick": /kick/,
  "punch": /punch|boxing/,
  "swing": /racket|forehand/,
  "dance": /danc/,
  "bow": /bow/,
  "sit": /\bsit|seated/,
  "kneel": /kneel/,
  "stand": /stand/,
  "wave": /wav/,
  "point": /point/,
  "reach": /reach|holds out both arms|pick up/,
  "clap": /clap/,
  "hands on hips": /hands on (?:the|his|her) hips/,
  "crossed arms": /arms crossed/,
  "phone": /phone/,
  "cheer": /cheer/,
};

Deno.test("describeScene() names everybody's action and stance, and the side of a movement that has one", () => {
  scenes.forEach(({ people }, index) => {
    people.forEach(({ activity }, person) => {
      const text = told[index].people[person];
      assert.match(text, words[activity.action] ?? /nothing/, `${activity.action}: ${text}`);
      if (activity.gesture !== undefined && activity.base.movement.name !== "stand") {
        assert.match(text, words[activity.base.movement.name], text);
      }
      const { side } = activity.gesture ?? activity.base;
      if (side === undefined) return;
      const other = side === "left" ? "right" : "left";
      const body = new RegExp(
        [
          `\\b${side} (?:hand|arm|leg|foot|knee|elbow|fist|forearm|ear)`,
          `to (?:his|her) ${side}|to the ${side} side\\b`,
          `(?:balanc|stand|hop)\\w* on (?:his|her|the) ${other} (?:leg|foot)`,
          `(?:sideways to the|stretching to the) ${other}`,
        ].join("|"),
      );
      assert.match(text, body, text);
    });
  });
});

Deno.test("describeScene() claims of the limbs what the drawn body does", () => {
  let claims = 0;
  scenes.forEach(({ people }, index) => {
    people.forEach(({ activity, body }, person) => {
      const text = told[index].people[person];
      const verdict = judge(text, sightOf(activity, body));
      claims += verdict.claims;
      assert.deepEqual(verdict.broken, [], text);
    });
  });
  assert.ok(claims > 600, `only ${claims} claims`);
});

Deno.test("describeScene() says from where a body is seen as the picture shows it", () => {
  let seen = 0;
  scenes.forEach(({ people, camera }, index) => {
    people.forEach((person, i) => {
      const text = told[index].people[i];
      const { pelvis, joints: { left_hip: left, right_hip: right } } = person.skeletonAt(0);
      const width = Math.hypot(left[0] - right[0], left[2] - right[2]);
      // square to the hips: to the right of the picture, and to the camera
      const forwards = [(right[2] - left[2]) / width, (left[0] - right[0]) / width];
      if (/facing the camera|seen from the front|turned to the camera/.test(text)) {
        seen++;
        assert.ok(forwards[1] > 0.3, text);
      }
      if (/from behind|facing away|back to the camera/.test(text)) {
        seen++;
        assert.ok(forwards[1] < -0.3, text);
      }
      const turned =
        /(?:facing|turned|half turned)(?: a little)? (?:to )?(?:the )?(left|right) (?:in|side of|edge of|of) the image/
          .exec(text);
      if (turned !== null) {
        seen++;
        assert.equal(forwards[0] > 0 ? "right" : "left", turned[1], text);
      }
      const way = /moving from (?:left|right) to (left|right)|going to the (left|right) side/.exec(text);
      if (way !== null) {
        seen++;
        const later = project(camera, person.skeletonAt(0.2).pelvis).point[0];
        const goes = later > project(camera, pelvis).point[0] ? "right" : "left";
        assert.equal(goes, way[1] ?? way[2], text);
      }
    });
  });
  assert.ok(seen > 300, `only ${seen} views`);
});

Deno.test("describeScene() tells people from left to right, with their clothes", () => {
  scenes.forEach(({ people, camera }, index) => {
    const { text, people: about } = told[index];
    assert.equal(about.length, people.length);
    const order = people.map((person, i) => ({
      i,
      column: project(camera, person.skeletonAt(0).pelvis).point[0],
    }))
      .sort((a, b) => a.column - b.column).map(({ i }) => i);
    const places = order.map((i) => text.indexOf(about[i]));
    assert.ok(places.every((place, i) => place >= 0 && (i === 0 || place > places[i - 1])), text);
    people.forEach(({ look }, i) => {
      assert.ok(about[i].includes(`${look.top.color.name} ${look.top.name}`), about[i]);
      if (people.length === 1) return;
      const rank = order.indexOf(i);
      const wanted = rank === 0
        ? /on the left/i
        : rank === people.length - 1
        ? /on the right/i
        : /in the middle/i;
      assert.match(about[i], wanted);
    });
    assert.ok(!/[{}]|undefined|\s{2}|\.\./.test(text), text);
  });
});

Deno.test("describeScene() speaks of trouble only where there is some", () => {
  const trouble = /blurred|dark\.|not sharp|hidden|not visible/;
  for (let index = 0; index < 40; index++) {
    const clean = describeScene(sceneOf(index, 0), `words ${index}`);
    assert.ok(!trouble.test(clean.text), clean.text);
  }
  assert.ok(told.filter(({ text }) => trouble.test(text)).length > 100);
});

Deno.test("describeScene() varies its words, and repeats itself for the same name", () => {
  const scene = sceneOf(0);
  const texts = new Set(Array.from({ length: 30 }, (_, i) => describeScene(scene, `again ${i}`).text));
  assert.ok(texts.size > 20, `${texts.size} texts of 30`);
  assert.deepEqual(describeScene(scene, "again 3"), describeScene(scene, "again 3"));
});

Deno.test("describeScene() writes words of the tiny vocabulary, few enough for the text encoder", () => {
  const tokenizer = createTokenizer(tinyVocabulary);
  const { tokens, fullLengths } = tokenizer.encode(told.map(({ text }) => text), { maxTokens: 512 });
  assert.deepEqual(tokens.flat().filter((token) => token === "[UNK]" || token.startsWith("##")), []);
  const cut = fullLengths.filter((length) => length > 128).length / told.length;
  assert.ok(cut <= 0.05, `${(100 * cut).toFixed(1)} % of the texts are longer than 128 tokens`);
  const { maxTokens } = namedConfig("tiny").text;
  const people = tokenizer.encode(told.flatMap(({ people }) => people), { maxTokens });
  assert.deepEqual(people.fullLengths.filter((length) => length > maxTokens), []);
});
