import assert from "node:assert/strict";
import {
  applyAffine,
  type Camera,
  project,
  randomCameraMotion,
  viewAt,
} from "../../../training/synthetic/camera.ts";
import { Random } from "../../../training/synthetic/random.ts";

const size = { width: 320, height: 240 };
const still: Camera = {
  size,
  focal: 400,
  horizon: 100,
  eye: 1.5,
  motion: { pan: [0, 0], zoom: 0, shake: 0, shakePhase: 0 },
};

Deno.test("project() is a pinhole: the horizon at eye level, sizes by distance", () => {
  const eye = project(still, [0, 1.5, -8]);
  assert.deepEqual(eye.point, [160, 100]);
  assert.equal(eye.scale, 50); // 400 px / 8 m
  assert.equal(eye.depth, 8);
  assert.deepEqual(project(still, [1, 0, -4]).point, [160 + 100, 100 + 150]);
  assert.deepEqual(project(still, [1, 0, -8]).point, [160 + 50, 100 + 75]);
});

Deno.test("viewAt() is the identity for a camera at rest", () => {
  assert.deepEqual(viewAt(still, 0.3).map((value) => value + 0), [1, 0, 0, 1, 0, 0]);
});

Deno.test("viewAt() moves the picture against a pan and scales it about its middle", () => {
  const moving = (motion: Partial<Camera["motion"]>) => ({
    ...still,
    motion: { ...still.motion, ...motion },
  });
  assert.deepEqual(applyAffine(viewAt(moving({ pan: [30, -10] }), 0.5), [160, 120]), [145, 125]);
  const zoomed = viewAt(moving({ zoom: 0.2 }), 0.5); // by a tenth after half a second
  const close = (found: readonly number[], wanted: readonly number[]) =>
    found.forEach((value, i) => assert.ok(Math.abs(value - wanted[i]) <= 1e-9, `${found} ${wanted}`));
  close(applyAffine(zoomed, [160, 120]), [160, 120]);
  close(applyAffine(zoomed, [260, 120]), [270, 120]);
});

Deno.test("viewAt() shakes by no more than it may", () => {
  const shaking = { ...still, motion: { ...still.motion, shake: 3, shakePhase: 1 } };
  let largest = 0;
  for (let time = -1; time <= 1; time += 0.01) {
    const [x, y] = applyAffine(viewAt(shaking, time), [160, 120]);
    largest = Math.max(largest, Math.abs(x - 160), Math.abs(y - 120));
  }
  assert.ok(largest > 0.5 && largest <= 3.1, `${largest}`);
});

Deno.test("randomCameraMotion() follows somebody fast and stays within the background", () => {
  for (let i = 0; i < 300; i++) {
    const { pan, zoom, shake } = randomCameraMotion(new Random(`camera ${i}`), {
      size,
      subjectSpeed: 130,
      seconds: 1,
    });
    assert.ok(pan[0] >= 130 * 0.7 - 0.16 * 320 && pan[0] <= 160, `${pan}`);
    assert.ok(Math.abs(zoom) <= 0.2 && shake <= 0.012 * 240);
  }
});
