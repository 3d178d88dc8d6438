/**
 * The planner: lowers a graph to a schedule. Walks the nodes an output needs, lets each operator emit its
 * dispatches, places tensors in the arena and textures in slots by their lifetimes.
 */
import type { DeviceTraits } from "../gpu/device.ts";
import {
  type Allocate,
  type ArenaRange,
  blockBytes,
  type CopyStep,
  type DispatchStep,
  newMemory,
  type Resource,
  type Schedule,
  type ScheduledParameter,
  type ScheduledState,
  type ScheduledTexture,
  type ScheduledValue,
  type Step,
  textureExtent,
  type TextureSlot,
} from "../gpu/schedule.ts";
import type { StoredType } from "../gpu/shader.ts";
import { planArena } from "./arena.ts";
import type { Graph } from "./graph.ts";
import type { DispatchRequest, Lowering, Node, Packing } from "./operator.ts";
import {
  blockCount,
  byteLength,
  rowAlignment,
  rowCount,
  rowStride,
  type Tensor,
  type TensorSpec,
} from "./tensor.ts";

/** Reads the values of a weight by canonical name into memory that `allocate` gives, or its own. */
export type ReadParameter = (name: string, allocate?: Allocate) => Promise<Float32Array>;

/** Options of {@linkcode planGraph}. */
export interface PlanOptions {
  /** The device that will run it. */
  traits: DeviceTraits;
  /** Where weights come from. */
  read: ReadParameter;
  /**
   * How weights of matrix products and activations are stored. Activations stay in single precision where they must be
   * precise, and all of them on devices that cannot keep halves in buffers.
   *
   * @default {"f32"}
   */
  dtype?: StoredType | undefined;
  /** What follows the nodes: dispatches that change state instead of computing an output. */
  after?: {
    /** Tensors that they read. */
    needs: readonly Tensor[];
    /** Emits them. */
    lower: (lowering: Lowering) => void;
  };
  /** Picks a kernel; undefined means the one that is expected to be the fastest. */
  choose?: (key: string, candidates: readonly string[]) => string | undefined;
}

/**
 * Plans a graph.
 *
 * @param graph What to compute; only nodes that an output needs are lowered.
 * @param options Device traits and weights.
 * @returns The schedule.
 * @throws {RangeError} When a tensor exceeds what the device can bind; the message names it.
 */
export function planGraph(graph: Graph, options: PlanOptions): Schedule {
  const planner = new Planner(options);
  for (const tensor of graph.inputs.values()) planner.declareInput(tensor);
  for (const node of neededNodes(graph, options.after?.needs)) planner.lower(node);
  planner.lowerAfter(options.after);
  return planner.finish(graph);
}

/**
 * Plans one node alone, so that it can be timed; nothing goes in and nothing comes out.
 *
 * @param node What to compute.
 * @param options Device traits and weights.
 * @returns The schedule.
 */
export function planNode(node: Node, options: PlanOptions): Schedule {
  const planner = new Planner(options);
  for (const input of node.inputs) {
    if (input && input.source !== "parameter") planner.declareInput(input);
  }
  planner.lower(node);
  return planner.finish({ inputs: new Map(), outputs: new Map() });
}

/** The nodes on a path to an output, or to one of `others`, in order. */
export function neededNodes(graph: Graph, others: readonly Tensor[] = []): Node[] {
  const needed = new Set([...graph.outputs.values(), ...others]);
  const nodes: Node[] = [];
  for (const node of graph.nodes.toReversed()) {
    if (!node.outputs.some((output) => needed.has(output))) continue;
    for (const input of node.inputs) if (input) needed.add(input);
    nodes.push(node);
  }
  return nodes.reverse();
}

interface Placed {
  resource: ArenaRange;
  first: number;
  last: number;
}

interface PlacedTexture {
  resource: ScheduledTexture;
  first: number;
  last: number;
}

class Planner implements Lowering {
  readonly traits: DeviceTraits;
  readonly weights: StoredType;
  readonly #activations: StoredType;
  readonly #choose: PlanOptions["choose"];
  readonly #read: ReadParameter;
  readonly #steps: Step[] = [];
  readonly #ranges = new Map<Tensor, Placed>();
  readonly #textures = new Map<string, PlacedTexture>();
  readonly #byRange = new Map<Resource, Placed | PlacedTexture>();
  #label = "";
  #scratchId = -1;

  constructor(options: PlanOptions) {
    this.traits = options.traits;
    this.weights = options.dtype ?? "f32";
    this.#activations = options.traits.halves ? this.weights : "f32";
    this.#choose = options.choose;
    this.#read = options.read;
  }

  declareInput(tensor: Tensor): void {
    this.#place(tensor, -1);
  }

  lower(node: Node): void {
    const path = node.path ? ` of ${node.path}` : "";
    this.#label = `${node.operator.name}${path}`;
    node.operator.lower(node, this);
  }

  lowerAfter(after: PlanOptions["after"]): void {
    this.#label = "state";
    after?.lower(this);
  }

  choose<T extends string>(key: string, candidates: readonly T[]): T {
    const wanted = this.#choose?.(key, candidates);
    return candidates.find((candidate) => candidate === wanted) ?? candidates[0];
  }

  buffer(tensor: Tensor): Resource {
    if (tensor.source === "parameter") {
      throw new TypeError(`Cannot bind ${tensor.name} as an arena range: it is a parameter`);
    }
    return (this.#ranges.get(tensor) ?? this.#place(tensor, this.#steps.length)).resource;
  }

  texture(tensor: Tensor, rows?: { start: number; count: number }): Resource {
    const { start, count } = rows ?? { start: 0, count: rowCount(tensor) };
    const key = `${tensor.id} ${start} ${count}`;
    const known = this.#textures.get(key);
    if (known) return known.resource;
    const from = this.buffer(tensor) as ArenaRange;
    const resource: ScheduledTexture = {
      kind: "texture",
      type: from.type,
      slot: -1,
      width: textureExtent(count),
      height: textureExtent(blockCount(tensor)),
    };
    const copy: CopyStep = {
      kind: "copy",
      label: this.#label,
      from,
      fromOffset: start * blockBytes[from.type],
      bytesPerRow: rowStride(tensor) * blockBytes[from.type],
      to: resource,
      extent: [count, blockCount(tensor)],
    };
    const placed = { resource, first: this.#steps.length, last: this.#steps.length };
    this.#textures.set(key, placed);
    this.#byRange.set(resource, placed);
    this.#touch(from);
    this.#steps.push(copy);
    return resource;
  }

  parameter(tensors: readonly Tensor[], packing: Packing): ScheduledParameter {
    const names = tensors.map((tensor) => tensor.name);
    return {
      kind: "parameter",
      key: `${names.join(" + ")} as ${packing.name}`,
      binding: packing.binding ?? "buffer",
      source: { names, pack: packing.pack },
      load: async ({ read, packed } = { read: newMemory, packed: newMemory }) =>
        packing.pack(await Promise.all(names.map((name) => this.#read(name, read))), packed),
    };
  }

  state(name: string, { start, count }: { start: number; count: number }): ScheduledState {
    return { kind: "state", name, offset: start * 4, bytes: count * 4 };
  }

  copyToParameter(from: Tensor, to: ScheduledParameter, extent: readonly [number, number]): void {
    const range = this.buffer(from) as ArenaRange;
    this.#touch(range);
    const bytesPerRow = Math.ceil(extent[0] / rowAlignment) * rowAlignment * 16;
    this.#steps.push({
      kind: "copy",
      label: this.#label,
      from: range,
      fromOffset: 0,
      bytesPerRow,
      to,
      extent,
    });
  }

  uniform(values: readonly (number | { f32: number })[]): Resource {
    const data = new DataView(new ArrayBuffer(Math.ceil(values.length / 4) * 16));
    for (const [i, value] of values.entries()) {
      if (typeof value === "number") data.setUint32(i * 4, value, true);
      else data.setFloat32(i * 4, value.f32, true);
    }
    return { kind: "uniform", data: data.buffer };
  }

  unused(): Resource {
    return { kind: "unused" };
  }

  scratch(spec: TensorSpec): Tensor {
    const { shape, type = "f32", layout = "blocked", precise = false } = spec;
    return {
      id: this.#scratchId--,
      name: `${this.#label} (scratch)`,
      shape,
      type,
      layout,
      precise,
      source: "operator",
    };
  }

  dispatch({ shader, bindings, workgroups }: DispatchRequest): void {
    const [x, y = 1, z = 1] = workgroups;
    if (Math.max(x, y, z) > this.traits.maxWorkgroups) {
      throw new RangeError(
        `Cannot plan ${this.#label}: ${x} × ${y} × ${z} workgroups, expected at most ${this.traits.maxWorkgroups} each; use a smaller batch`,
      );
    }
    // WebGPU forbids two writable bindings of one range; wgpu does not notice.
    const ranges = bindings.filter(({ kind }) => kind === "arena");
    if (new Set(ranges).size < ranges.length) {
      throw new TypeError(
        `Cannot plan ${this.#label}: one tensor is bound twice in a dispatch of ${shader.name}`,
      );
    }
    // Kernels of training know single precision alone.
    for (const [index, binding] of bindings.entries()) {
      if (binding.kind !== "arena" && binding.kind !== "texture" || binding.type === "f32") continue;
      if (new RegExp(`\\b(Block|Element|Texture)${index}\\b`).test(shader.source)) continue;
      throw new TypeError(
        `Cannot plan ${this.#label} in half precision: ${shader.name} reads or writes single precision alone`,
      );
    }
    for (const binding of bindings) this.#touch(binding);
    const step: DispatchStep = {
      kind: "dispatch",
      label: this.#label,
      shader,
      bindings,
      workgroups: [x, y, z],
    };
    this.#steps.push(step);
  }

  finish(graph: Pick<Graph, "inputs" | "outputs">): Schedule {
    const values = (tensors: ReadonlyMap<string, Tensor>, last?: number): Map<string, ScheduledValue> =>
      new Map(
        [...tensors].map(([name, tensor]) => {
          if (last !== undefined && tensor.layout !== "dense") {
            throw new TypeError(`Cannot read back output ${name}: it is blocked, expected a dense tensor`);
          }
          const placed = this.#ranges.get(tensor);
          if (!placed) throw new TypeError(`Cannot read back output ${name}: no operator has computed it`);
          if (last !== undefined) placed.last = last;
          const type = placed.resource.type === "f16" ? "f16" : tensor.type;
          return [name, { range: placed.resource, shape: tensor.shape, type }];
        }),
      );
    const outputs = values(graph.outputs, Infinity);
    const inputs = values(graph.inputs);
    const placed = [...this.#ranges.values()];
    const plan = planArena(
      placed.map(({ resource, first, last }) => ({ bytes: resource.bytes, first, last })),
    );
    if (plan.bytes > this.traits.maxBufferBytes) {
      throw new RangeError(
        `Cannot plan the graph: its tensors take ${plan.bytes} bytes, expected at most ${this.traits.maxBufferBytes}; use a smaller batch`,
      );
    }
    for (const [i, { resource }] of placed.entries()) resource.offset = plan.offsets[i];
    return {
      steps: this.#steps,
      arenaBytes: plan.bytes,
      liveBytes: plan.liveBytes,
      textures: this.#assignTextures(),
      inputs,
      outputs,
    };
  }

  /** The largest first; a smaller one stands in the corner of a larger one that lives at other times. */
  #assignTextures(): TextureSlot[] {
    const slots: (TextureSlot & { taken: PlacedTexture[] })[] = [];
    const area = ({ resource }: PlacedTexture) => resource.width * resource.height;
    for (
      const placed of [...this.#textures.values()].sort((a, b) => area(b) - area(a) || a.first - b.first)
    ) {
      const { width, height, type } = placed.resource;
      const isFree = ({ first, last }: PlacedTexture) => first > placed.last || last < placed.first;
      let slot = slots.findIndex((s) =>
        s.type === type && s.width >= width && s.height >= height && s.taken.every(isFree)
      );
      if (slot < 0) slot = slots.push({ width, height, type, taken: [] }) - 1;
      slots[slot].taken.push(placed);
      placed.resource.slot = slot;
    }
    return slots.map(({ width, height, type }) => ({ width, height, type }));
  }

  #place(tensor: Tensor, first: number): Placed {
    const { layout, precise } = tensor;
    const type = layout === "blocked" && tensor.type === "f32" && !precise ? this.#activations : "f32";
    const bytes = byteLength(tensor) / (type === "f16" ? 2 : 1);
    if (bytes > this.traits.maxBindingBytes) {
      throw new RangeError(
        `Cannot plan tensor ${tensor.name}: ${bytes} bytes, expected at most ${this.traits.maxBindingBytes}; use a smaller batch`,
      );
    }
    const placed: Placed = { resource: { kind: "arena", type, offset: -1, bytes }, first, last: first };
    this.#ranges.set(tensor, placed);
    this.#byRange.set(placed.resource, placed);
    return placed;
  }

  #touch(resource: Resource): void {
    const placed = this.#byRange.get(resource);
    if (placed) placed.last = Math.max(placed.last, this.#steps.length);
  }
}
