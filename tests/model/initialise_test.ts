/** Initial weights: seeded per tensor, identities where design.md §2 wants them, sane statistics elsewhere. */
import assert from "node:assert/strict";
import { initialValues } from "../../model/initialise.ts";

Deno.test("initialValues() repeats with the seed and differs without", () => {
  const shape = [8, 8];
  const values = initialValues("vision.blocks.0.mlp.fc1.weight", shape, 7);
  assert.deepEqual(values, initialValues("vision.blocks.0.mlp.fc1.weight", shape, 7));
  assert.notDeepEqual(values, initialValues("vision.blocks.0.mlp.fc1.weight", shape, 8));
  assert.notDeepEqual(values, initialValues("vision.blocks.1.mlp.fc1.weight", shape, 7));
});

Deno.test("initialValues() draws weights with mean 0 and deviation 0.02", () => {
  const values = initialValues("vision.blocks.0.mlp.fc1.weight", [100, 1000], 1);
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  const deviation = Math.sqrt(values.reduce((a, b) => a + (b - mean) ** 2, 0) / values.length);
  assert.ok(Math.abs(mean) < 4 * 0.02 / Math.sqrt(values.length), `mean ${mean}`);
  assert.ok(Math.abs(deviation / 0.02 - 1) < 0.01, `deviation ${deviation}`);
});

for (
  const name of [
    "fusion.spatial.0.attention.projection.weight",
    "fusion.temporal.blocks.0.mlp.fc2.weight",
    "fusion.temporal.position_embedding",
    "fusion.projection.weight",
    "adapter.up.weight",
    "interaction.1.visual.attention.projection.weight",
    "interaction.0.text.mlp.fc2.weight",
  ]
) {
  Deno.test(`initialValues() of ${name} are zero`, () => {
    assert.ok(initialValues(name, [4, 4], 1).every((value) => value === 0));
  });
}

for (
  const [name, value] of [
    ["vision.norm.weight", 1],
    ["vision.norm.bias", 0],
    ["head.batch_norm1.running_var", 1],
    ["head.batch_norm1.running_mean", 0],
  ] as const
) {
  Deno.test(`initialValues() of ${name} are ${value}`, () => {
    assert.deepEqual(initialValues(name, [4], 1), new Float32Array(4).fill(value));
  });
}

for (const name of ["vision.blocks.0.attention.projection.weight", "text.blocks.0.mlp.fc2.weight"]) {
  Deno.test(`initialValues() of ${name} are not zero: only fusion, adapter and CSI are identities`, () => {
    assert.ok(initialValues(name, [4, 4], 1).some((value) => value !== 0));
  });
}
