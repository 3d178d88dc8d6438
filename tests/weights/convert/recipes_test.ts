import assert from "node:assert/strict";
import type { Recipe } from "../../../weights/convert/family.ts";
import { followRecipe, recipeShape } from "../../../weights/convert/recipes.ts";

const context = {
  grid: { rows: 2, columns: 3 },
  antialias: true,
  expertKeypoints: 2,
  batchNormEpsilon: 0.25,
};

interface Source {
  shape: number[];
  values: number[];
}

function follow(recipe: Recipe, ...sources: Source[]): Source {
  const shapes = sources.map(({ shape }) => shape);
  const shape = recipeShape(recipe, shapes, context);
  assert.ok(shape);
  const made = followRecipe(
    recipe,
    { values: sources.map(({ values }) => new Float32Array(values)), shapes },
    context,
  );
  assert.equal(made.length, shape.reduce((product, extent) => product * extent, 1));
  return { shape, values: [...made] };
}

Deno.test("followRecipe() does what each recipe says", () => {
  const matrix = { shape: [2, 2], values: [1, 2, 3, 4] };
  assert.deepEqual(follow("copy", matrix), matrix);
  assert.deepEqual(follow("concatenateRows", matrix, { shape: [1, 2], values: [5, 6] }), {
    shape: [3, 2],
    values: [1, 2, 3, 4, 5, 6],
  });
  assert.deepEqual(
    follow("concatenateRows", { shape: [1], values: [1] }, { shape: [2], values: [2, 3] }).values,
    [1, 2, 3],
  );
  const positions = { shape: [1, 3, 2], values: [10, 20, 1, 2, 3, 4] };
  assert.deepEqual(follow("foldClassPosition", positions), { shape: [2, 2], values: [11, 22, 13, 24] });
  assert.deepEqual(follow("addClassPosition", positions, { shape: [1, 1, 2], values: [100, 200] }), {
    shape: [3, 2],
    values: [110, 220, 101, 202, 103, 204],
  });
  assert.deepEqual(follow("flattenPositions", positions), { shape: [3, 2], values: positions.values });
  assert.deepEqual(follow("takeExpertKeypoints", { shape: [3, 2], values: [1, 2, 3, 4, 5, 6] }), matrix);
  const bias = { shape: [2], values: [7, 8] };
  assert.deepEqual(follow("zeros", bias), { shape: [2], values: [0, 0] });
  assert.deepEqual(follow("ones", bias), { shape: [2], values: [1, 1] });
  assert.deepEqual(follow("unitVariance", bias), { shape: [2], values: [0.75, 0.75] });
});

Deno.test("followRecipe() resizes a square grid, with a class slot and without", () => {
  const grid = Array(8).fill(0.5);
  const expected = { shape: [6, 2], values: Array(12).fill(0.5) };
  assert.deepEqual(follow("resizePositions", { shape: [1, 4, 2], values: grid }), expected);
  assert.deepEqual(follow("resizePositions", { shape: [1, 5, 2], values: [9, 9, ...grid] }), expected);
});

Deno.test("recipeShape() refuses sources that do not fit", () => {
  const cases: [Recipe, number[][]][] = [
    ["concatenateRows", [[2, 2], [2, 3]]],
    ["concatenateRows", [[2, 2], []]],
    ["foldClassPosition", [[3, 2]]],
    ["foldClassPosition", [[2, 3, 2]]],
    ["addClassPosition", [[1, 3, 2], [1, 1, 3]]],
    ["addClassPosition", [[3, 2], [1, 1, 2]]],
    ["flattenPositions", [[2, 3, 2]]],
    ["resizePositions", [[1, 6, 2]]],
    ["resizePositions", [[1, 1, 2]]],
    ["takeExpertKeypoints", [[1, 2]]],
  ];
  for (const [recipe, shapes] of cases) assert.equal(recipeShape(recipe, shapes, context), undefined, recipe);
});
