import { formatShape } from "../element_type.ts";
import { type CanonicalTensor, headTensors, textTensors, visionTensors } from "./canonical_tensors.ts";
import type { Checkpoint, CheckpointTensor } from "./checkpoint.ts";
import { expertDataSets } from "./expert.ts";
import { Extents } from "./extents.ts";
import type { Family, Recipe } from "./family.ts";
import { expandRows } from "./mapping.ts";
import { gridOf, type ImageSize } from "./position_grid.ts";
import { type RecipeContext, recipeShape } from "./recipes.ts";
import { type Recognised, spell } from "./recognise.ts";

/** One canonical tensor and what it is made of. */
export interface PlannedTensor {
  /** Canonical name. */
  name: string;
  /** Its shape. */
  shape: number[];
  /** How it is made. */
  recipe: Recipe;
  /** What it is made of. */
  sources: CheckpointTensor[];
}

/** Where everything in one part of a checkpoint goes. */
export interface ConversionPlan {
  /** The checkpoint. */
  checkpoint: Checkpoint;
  /** Its kind. */
  family: Family;
  /** Canonical tensors in canonical order. */
  tensors: PlannedTensor[];
  /** Canonical names that nothing gives. */
  missing: string[];
  /** Source tensors that LAPose does not read, with the reason. */
  dropped: Map<CheckpointTensor, string>;
  /** Blocks of the encoder. */
  layers: number;
  /** Head that the checkpoint has; undefined when it has none. */
  head: "classic" | "simple" | undefined;
  /** True when the checkpoint has experts to choose from. */
  experts: boolean;
  /** What the letters of the canonical shapes stand for. */
  extents: Extents;
  /** What its recipes know beside their sources. */
  context: RecipeContext;
}

/** How to plan. */
export interface PlanOptions {
  /** Number of the chosen expert. */
  expert: number;
  /** Crop to which positions are resized where a family needs that, in pixels. */
  image: ImageSize;
  /** See `resizePositions`. */
  antialias: boolean;
  /** Epsilon of the batch normalisations. */
  batchNormEpsilon: number;
}

/**
 * Plans the conversion of one part of a checkpoint from names and shapes alone.
 *
 * @param checkpoint Checkpoint that holds the part.
 * @param recognised Its family, and the prefix of its names.
 * @param options How to plan.
 * @returns The plan; missing tensors are listed in it.
 * @throws {TypeError} When tensors do not have the shapes that belong together; all are named.
 */
export function planConversion(
  checkpoint: Checkpoint,
  { family, prefix }: Recognised,
  options: PlanOptions,
): ConversionPlan {
  const sources = new Map([...checkpoint.tensors].map(([name, tensor]) => [spell(name, family), tensor]));
  const layers = countLayers(sources.keys(), prefix + family.anchor);
  const alternatives = expandRows(family.rows, { prefix, layers, expert: options.expert });
  const find = (name: string) =>
    alternatives.get(name)?.find(({ from }) => from.every((source) => sources.has(source)));
  const head = find("head.deconvolution1.weight")
    ? "classic"
    : find("head.convolution.weight")
    ? "simple"
    : undefined;
  const wanted = family.part === "text"
    ? textTensors
    : [...visionTensors, ...(head ? headTensors[head] : [])];
  const plan: ConversionPlan = {
    checkpoint,
    family,
    tensors: [],
    missing: [],
    dropped: new Map(),
    layers,
    head,
    experts: [...sources.keys()].some((name) => name.includes(".experts.")),
    extents: new Extents(),
    context: {
      grid: { rows: 0, columns: 0 },
      antialias: options.antialias,
      expertKeypoints: expertDataSets[options.expert].keypoints,
      batchNormEpsilon: options.batchNormEpsilon,
    },
  };
  const problems: string[] = [];
  for (const { name, shape } of expandBlocks(wanted, layers)) {
    const way = find(name);
    if (way === undefined) {
      plan.missing.push(name);
      continue;
    }
    const found = way.from.flatMap((source) => sources.get(source) ?? []);
    const made = recipeShape(way.by, found.map((source) => source.shape), plan.context);
    const expected = made === undefined ? `sources that fit ${way.by}` : plan.extents.match(made, shape);
    if (made === undefined || expected !== undefined) {
      const shapes = found.map((source) => `${source.storedName} ${formatShape(source.shape)}`).join(" and ");
      problems.push(`  ${name} from ${shapes}: expected ${expected}`);
      continue;
    }
    plan.tensors.push({ name, shape: made, recipe: way.by, sources: found });
    // The patch side is known after the first tensor, before positions come.
    const patch = plan.extents.find("P");
    if (patch !== undefined) plan.context.grid = gridOf(options.image, patch);
  }
  if (problems.length > 0) {
    throw new TypeError(
      [
        `Cannot convert ${checkpoint.path} as ${family.name}: ${problems.length} tensors do not fit`,
        ...problems,
      ]
        .join("\n"),
    );
  }
  drop(plan, { sources, prefix });
  return plan;
}

/** One more than the largest block number; gaps then show as missing tensors. */
function countLayers(names: Iterable<string>, anchor: string): number {
  const start = anchor.slice(0, anchor.indexOf(".0.") + 1);
  let layers = 0;
  for (const name of names) {
    const number = name.startsWith(start) ? /^\d+(?=\.)/.exec(name.slice(start.length)) : null;
    if (number !== null) layers = Math.max(layers, Number(number[0]) + 1);
  }
  return layers;
}

function expandBlocks(tensors: readonly CanonicalTensor[], layers: number): CanonicalTensor[] {
  const blocks = tensors.filter(({ name }) => name.includes("{i}"));
  const numbered = Array.from(
    { length: layers },
    (_, i) => blocks.map((tensor) => ({ ...tensor, name: tensor.name.replace("{i}", String(i)) })),
  ).flat();
  const first = tensors.findIndex(({ name }) => name.includes("{i}"));
  return [
    ...tensors.slice(0, first),
    ...numbered,
    ...tensors.slice(first).filter(({ name }) => !name.includes("{i}")),
  ];
}

/** Sources by spelled name, and the prefix that the family's patterns do not have. */
interface DropContext {
  sources: ReadonlyMap<string, CheckpointTensor>;
  prefix: string;
}

function drop(plan: ConversionPlan, { sources, prefix }: DropContext): void {
  const used = new Map(
    plan.tensors.flatMap((tensor) => tensor.sources).map((source) => [source.storedName, source]),
  );
  for (const [name, tensor] of sources) {
    const user = used.get(tensor.storedName);
    if (user === tensor) continue;
    const own = name.startsWith(prefix) ? name.slice(prefix.length) : name;
    const row = plan.family.dropped.find(({ pattern }) => pattern.test(own));
    if (user !== undefined) plan.dropped.set(tensor, `it is read as ${user.name}`);
    else if (row !== undefined) plan.dropped.set(tensor, row.reason);
    else if (tensor.constant) plan.dropped.set(tensor, "a number of the graph");
  }
}
