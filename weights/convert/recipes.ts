import { formatShape } from "../element_type.ts";
import type { Recipe } from "./family.ts";
import { type PositionGrid, resizePositions } from "./resize_positions.ts";

/** What recipes know beside their sources. */
export interface RecipeContext {
  /** Grid of the crop's patches. */
  grid: PositionGrid;
  /** Whether a shrinking axis of positions is filtered wider; see `resizePositions`. */
  antialias: boolean;
  /** Keypoints of the chosen expert's data set. */
  expertKeypoints: number;
  /** Epsilon of the batch normalisations. */
  batchNormEpsilon: number;
}

type Shape = readonly number[];

/** One way to make a tensor. */
interface RecipeSteps {
  /** Shape of the result; undefined when the sources do not fit. */
  shape(sources: readonly Shape[], context: RecipeContext): number[] | undefined;
  /** Elements of the result, from elements and shapes that `shape` accepted. */
  make(
    sources: readonly Float32Array<ArrayBuffer>[],
    context: RecipeContext,
    shapes: readonly Shape[],
  ): Float32Array<ArrayBuffer>;
}

/** All recipes; sources that need no work are passed on, not copied. */
const steps: Readonly<Record<Recipe, RecipeSteps>> = {
  copy: {
    shape: ([source]) => [...source],
    make: ([source]) => source,
  },
  concatenateRows: {
    shape: (sources) => {
      const rest = formatShape(sources[0].slice(1));
      if (sources.some((source) => source.length === 0 || formatShape(source.slice(1)) !== rest)) {
        return undefined;
      }
      return [sources.reduce((rows, source) => rows + source[0], 0), ...sources[0].slice(1)];
    },
    make: concatenate,
  },
  foldClassPosition: {
    shape: ([source]) => source.length === 3 && source[0] === 1 ? [source[1] - 1, source[2]] : undefined,
    make: ([source], _, [[, , D]]) => addSlot(source.subarray(D), source.subarray(0, D)),
  },
  addClassPosition: {
    shape: ([positions, slot]) => {
      const fits = positions.length === 3 && positions[0] === 1 &&
        formatShape(slot) === `[1, 1, ${positions[2]}]`;
      return fits ? positions.slice(1) : undefined;
    },
    make: ([positions, slot]) => addSlot(positions, slot),
  },
  flattenPositions: {
    shape: ([source]) => source.length === 3 && source[0] === 1 ? source.slice(1) : undefined,
    make: ([source]) => source,
  },
  resizePositions: {
    shape: ([source], { grid }) =>
      source.length === 3 && source[0] === 1 && squareSide(source[1]) !== undefined
        ? [grid.rows * grid.columns, source[2]]
        : undefined,
    make: ([source], { grid, antialias }, [[, slots, D]]) => {
      const side = squareSide(slots) ?? 0;
      const patches = source.subarray((slots - side * side) * D);
      return resizePositions(patches, { from: { rows: side, columns: side }, to: grid, antialias });
    },
  },
  takeExpertKeypoints: {
    shape: ([source], { expertKeypoints }) =>
      source.length > 0 && source[0] >= expertKeypoints ? [expertKeypoints, ...source.slice(1)] : undefined,
    make: ([source], { expertKeypoints }, [[rows]]) =>
      source.subarray(0, source.length / rows * expertKeypoints),
  },
  zeros: {
    shape: ([source]) => [...source],
    make: ([source]) => new Float32Array(source.length),
  },
  ones: {
    shape: ([source]) => [...source],
    make: ([source]) => new Float32Array(source.length).fill(1),
  },
  unitVariance: {
    shape: ([source]) => [...source],
    make: ([source], { batchNormEpsilon }) => new Float32Array(source.length).fill(1 - batchNormEpsilon),
  },
};

/**
 * Shape of what a recipe makes.
 *
 * @param recipe The recipe.
 * @param sources Shapes of its sources.
 * @param context What recipes know beside their sources.
 * @returns The shape, or undefined when the sources do not fit the recipe.
 */
export function recipeShape(
  recipe: Recipe,
  sources: readonly Shape[],
  context: RecipeContext,
): number[] | undefined {
  return steps[recipe].shape(sources, context);
}

/** Elements and shapes of a recipe's sources. */
export interface RecipeSources {
  /** Elements, row-major. */
  values: readonly Float32Array<ArrayBuffer>[];
  /** Their shapes. */
  shapes: readonly Shape[];
}

/**
 * Follows a recipe.
 *
 * @param recipe The recipe.
 * @param sources Sources that fit it.
 * @param context What recipes know beside their sources.
 * @returns The elements; they may share memory with a source.
 */
export function followRecipe(
  recipe: Recipe,
  { values, shapes }: RecipeSources,
  context: RecipeContext,
): Float32Array<ArrayBuffer> {
  return steps[recipe].make(values, context, shapes);
}

function concatenate(sources: readonly Float32Array<ArrayBuffer>[]): Float32Array<ArrayBuffer> {
  const whole = new Float32Array(sources.reduce((total, { length }) => total + length, 0));
  let position = 0;
  for (const source of sources) {
    whole.set(source, position);
    position += source.length;
  }
  return whole;
}

function addSlot(positions: Float32Array<ArrayBuffer>, slot: Float32Array): Float32Array<ArrayBuffer> {
  const D = slot.length;
  return positions.map((value, index) => value + slot[index % D]);
}

/** Side of a square grid of positions, with or without a class slot in front. */
function squareSide(slots: number): number | undefined {
  return [slots - 1, slots].map(Math.sqrt).find((side) => Number.isInteger(side) && side > 1);
}
