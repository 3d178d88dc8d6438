import assert from "node:assert/strict";
import { createCanvas } from "@napi-rs/canvas";
import { project } from "../../../training/synthetic/camera.ts";
import { darken } from "../../../training/synthetic/darken.ts";
import { type Amounts, exposureOf, randomDegradations } from "../../../training/synthetic/degradations.ts";
import { figureParts } from "../../../training/synthetic/figure.ts";
import { posed } from "../../../training/synthetic/posture.ts";
import { Random } from "../../../training/synthetic/random.ts";
import { peopleAt, Renderer } from "../../../training/synthetic/render.ts";
import { skeletonOf } from "../../../training/synthetic/skeleton.ts";
import { makeScene, type Scene } from "../../../training/synthetic/scene.ts";

const size = { width: 160, height: 120 };
const interval = 1 / 12;

function sceneOf(name: string, amounts: Amounts = {}): Scene {
  const scene = makeScene({ name, size, seconds: 10 * interval, interval, strength: 0 });
  return { ...scene, degradations: amounts, exposure: exposureOf(amounts, { size, interval, direction: 1 }) };
}

function pixelsOf(scene: Scene, time = 0): Uint8ClampedArray {
  return new Renderer(scene).render(time).getContext("2d").getImageData(0, 0, size.width, size.height).data;
}

/** Mean brightness, and mean difference of neighbours in a row: how much detail there is. */
function measure(data: Uint8ClampedArray): { light: number; detail: number } {
  let light = 0;
  let detail = 0;
  for (let i = 0; i < data.length; i += 4) {
    light += data[i] + data[i + 1] + data[i + 2];
    if ((i / 4) % size.width > 0) detail += Math.abs(data[i + 1] - data[i - 3]);
  }
  return { light: light / data.length * 4 / 3, detail: detail / data.length * 4 };
}

function difference(a: Uint8ClampedArray, b: Uint8ClampedArray): number {
  return a.reduce((sum, value, i) => sum + Math.abs(value - b[i]), 0) / a.length;
}

Deno.test("Renderer draws the same picture every time, in any order, and covers all of it", () => {
  for (const name of ["a", "b", "c", "d", "e", "f"]) {
    const amounts: Amounts = { low_light: 0.5, motion_blur: 0.4, defocus: 0.2 };
    const first = new Renderer(sceneOf(name, amounts));
    first.render(0.3);
    const [one, two] = [first.render(-0.2), new Renderer(sceneOf(name, amounts)).render(-0.2)]
      .map((canvas) => canvas.getContext("2d").getImageData(0, 0, size.width, size.height).data);
    assert.equal(difference(one, two), 0);
    assert.ok(one.every((value, i) => i % 4 < 3 || value === 255), "no pixel is transparent");
  }
});

Deno.test("Renderer draws people where their joints are: the picture changes there when they go", () => {
  let found = 0;
  let looked = 0;
  for (let i = 0; i < 12; i++) {
    const scene = sceneOf(`there ${i}`);
    const [full, empty] = [pixelsOf(scene), pixelsOf({ ...scene, people: [] })];
    for (const { skeleton } of peopleAt(scene, 0)) {
      for (const [name, joint] of Object.entries(skeleton.joints)) {
        if (!/shoulder|hip|knee|elbow|wrist|ankle|head_bottom/.test(name)) continue;
        const [x, y] = project(scene.camera, joint).point.map(Math.round);
        if (x < 1 || y < 1 || x >= size.width - 1 || y >= size.height - 1) continue;
        looked++;
        const at = 4 * (y * size.width + x);
        const changed = [0, 1, 2].some((channel) => Math.abs(full[at + channel] - empty[at + channel]) > 6);
        if (changed) found++;
      }
    }
  }
  assert.ok(looked > 150 && found / looked > 0.95, `${found} of ${looked} joints lie on somebody`);
});

Deno.test("figureParts() puts far limbs behind the trunk and near ones in front of it", () => {
  const { people: [{ body, look }], camera } = sceneOf("sides");
  for (const [heading, near, far] of [[90, "right", "left"], [-90, "left", "right"]] as const) {
    const skeleton = skeletonOf(body, posed({}), { x: 0, depth: 5, heading });
    const groups = figureParts({ body, look, skeleton, camera }).map(({ group }) => group);
    const trunk = groups.indexOf("trunk");
    assert.ok(
      groups.lastIndexOf(`${far} arm`) < trunk && groups.lastIndexOf(`${far} leg`) < trunk,
      `${groups}`,
    );
    assert.ok(groups.indexOf(`${near} arm`) > trunk, `${groups}`);
    assert.ok(groups.indexOf(`${near} leg`) > groups.lastIndexOf(`${far} leg`), `${groups}`);
  }
});

Deno.test("darkening takes more light away the stronger it is", () => {
  const lights = [0, 0.3, 0.6, 0.9].map((amount) =>
    measure(pixelsOf(sceneOf("dark", amount === 0 ? {} : { low_light: amount }))).light
  );
  for (let i = 1; i < lights.length; i++) assert.ok(lights[i] < 0.75 * lights[i - 1], `${lights}`);
  assert.ok(lights[3] > 1, "it is never quite black");
});

Deno.test("defocus takes more detail away the stronger it is, and no light", () => {
  const measures = [0, 0.35, 0.6, 1].map((amount) =>
    measure(pixelsOf(sceneOf("blurred", amount === 0 ? {} : { defocus: amount })))
  );
  for (let i = 1; i < measures.length; i++) {
    assert.ok(measures[i].detail < 0.9 * measures[i - 1].detail, JSON.stringify(measures));
    assert.ok(Math.abs(measures[i].light - measures[0].light) < 3);
  }
});

Deno.test("motion blur departs further from the sharp picture the stronger it is", () => {
  const sharp = pixelsOf(sceneOf("moving"));
  const distances = [0.15, 0.5, 1].map((amount) =>
    difference(sharp, pixelsOf(sceneOf("moving", { motion_blur: amount })))
  );
  for (let i = 1; i < distances.length; i++) assert.ok(distances[i] > distances[i - 1], `${distances}`);
  assert.ok(distances[0] > 0.3);
});

Deno.test("exposureOf() does nothing without degradations, and centres the moments on the frame", () => {
  assert.deepEqual(exposureOf({}, { size, interval, direction: 0 }), {
    moments: [0],
    sweep: [0, 0],
    blur: 0,
    gain: 1,
    noise: 0,
  });
  const { moments } = exposureOf({ motion_blur: 0.7 }, { size, interval, direction: 0 });
  const sum = moments.reduce((total, moment) => total + moment, 0);
  assert.ok(moments.length > 4 && Math.abs(sum) <= 1e-12);
});

Deno.test("randomDegradations() draws every kind, some together, with amounts in proportion to the strength", () => {
  const counts: Record<string, number> = {};
  let pairs = 0;
  for (let i = 0; i < 400; i++) {
    const at = (strength: number) => randomDegradations(new Random(`damage ${i}`), strength);
    const [weak, strong] = [at(0.3), at(0.9)];
    assert.deepEqual(at(0), {});
    assert.deepEqual(Object.keys(weak), Object.keys(strong));
    for (const [name, amount] of Object.entries(strong)) {
      counts[name] = (counts[name] ?? 0) + 1;
      assert.ok(amount > 0.9 * 0.79 && amount <= 0.9);
      assert.ok(Math.abs(amount / 3 - (weak as Record<string, number>)[name]) <= 1e-12);
    }
    if (Object.keys(strong).length === 2) pairs++;
  }
  assert.deepEqual(Object.keys(counts).sort(), ["defocus", "low_light", "motion_blur", "occlusion"]);
  assert.ok(Object.values(counts).every((count) => count > 90), JSON.stringify(counts));
  assert.ok(pairs > 100 && pairs < 220, `${pairs}`);
});

Deno.test("darken() scales the light and adds noise of the wanted deviation", () => {
  const canvas = createCanvas(64, 64);
  const context = canvas.getContext("2d");
  context.fillStyle = "rgb(200, 200, 200)";
  context.fillRect(0, 0, 64, 64);
  darken(context, { gain: 0.5, noise: 8, random: new Random("noise") });
  const { data } = context.getImageData(0, 0, 64, 64);
  const greens = Array.from({ length: 64 * 64 }, (_, i) => data[4 * i + 1]);
  const mean = greens.reduce((sum, value) => sum + value, 0) / greens.length;
  const deviation = Math.sqrt(greens.reduce((sum, value) => sum + (value - mean) ** 2, 0) / greens.length);
  assert.ok(Math.abs(mean - 100) <= 1, `mean ${mean}`);
  assert.ok(Math.abs(deviation - 8) <= 0.6, `deviation ${deviation}`);
});
