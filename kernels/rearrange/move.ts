/** The kernel that rearrange, slice and concatenate share: elements move by named axes, nothing is computed. */
import type { Lowering } from "../../graph/operator.ts";
import { elementCount, rowStride, type Tensor, type TensorSpec } from "../../graph/tensor.ts";
import source from "./move.wgsl" with { type: "text" };

/** An axis of a walk: its name and extent. */
export interface Axis {
  /** One word, for example `"B"`. */
  readonly name: string;
  /** Extent. */
  readonly size: number;
}

/** A tensor seen through named axes: each of its axes is a list of axes, outermost first. */
export type AxisGroups = readonly (readonly Axis[])[];

/** A move: every index of the walk is copied from `from` to `to`. */
export interface Move {
  /** Source and its axes. */
  readonly from: { tensor: Tensor; groups: AxisGroups; start?: Readonly<Record<string, number>> };
  /** Destination and its axes. */
  readonly to: { tensor: Tensor; groups: AxisGroups; start?: Readonly<Record<string, number>> };
  /** Axes to walk, grouped like the walked tensor's; the last group is walked as channels. */
  readonly walk: AxisGroups;
}

const maxAxes = 8;

interface Strides {
  row: Map<string, number>;
  channel: Map<string, number>;
}

/** Emits a move. */
export function lowerMove(lowering: Lowering, { from, to, walk }: Move): void {
  const axes = walk.flat();
  if (axes.length > maxAxes) {
    throw new TypeError(`Cannot move ${from.tensor.name}: ${axes.length} axes, expected at most ${maxAxes}`);
  }
  const vector = isVectorMove({ from, to, walk });
  const unit = vector ? 4 : 1;
  const element = ({ layout, type }: Tensor, binding: number) => {
    if (type !== "f32") return vector ? `vec4<${type}>` : type;
    return layout === "dense" ? type : `${vector ? "Block" : "Element"}${binding}`;
  };
  // What enters the blocked layout may lie beyond the largest half.
  const enters = from.tensor.type === "f32" && from.tensor.layout === "dense" &&
    to.tensor.layout === "blocked";
  const inner = axes[axes.length - 1]?.name;
  const sizes = axes.map(({ name, size }) => name === inner ? size / unit : size);
  const x = strides(from.tensor, from.groups, unit);
  const y = strides(to.tensor, to.groups, unit);
  const n_channels = elementCount(walk[walk.length - 1].map(({ size }) => size)) / unit;
  const n_rows = elementCount(axes.map(({ size }) => size)) / unit / n_channels;
  const inUnits = (starts: Readonly<Record<string, number>> = {}) =>
    Object.fromEntries(Object.entries(starts).map(([name, at]) => [name, name === inner ? at / unit : at]));
  const end = offset(y.channel, inUnits(to.start)) + n_channels;
  const channels = to.tensor.shape[to.tensor.shape.length - 1];
  const padding = to.tensor.layout === "blocked" && !vector && end === channels ? (4 - channels % 4) % 4 : 0;
  const column = (values: readonly number[]) => [...values, ...new Array(maxAxes - values.length).fill(0)];
  const along = (map: Map<string, number>) => column(axes.map(({ name }) => map.get(name) ?? 0));
  lowering.dispatch({
    shader: {
      name: vector ? "rearrange/move blocks" : "rearrange/move",
      source: `alias FROM = ${element(from.tensor, 0)};\nalias TO = ${element(to.tensor, 1)};\n` +
        `fn moved(value: FROM) -> TO { return ${enters ? "narrow1(vec4f(value)).x" : "TO(value)"}; }\n` +
        `const VECTOR = ${vector};\n${source}`,
    },
    bindings: [
      lowering.buffer(from.tensor),
      lowering.buffer(to.tensor),
      lowering.uniform([
        ...column(sizes),
        ...along(x.row),
        ...along(x.channel),
        ...along(y.row),
        ...along(y.channel),
        axes.length,
        n_rows,
        n_channels,
        n_channels + padding,
        from.tensor.layout === "blocked" ? rowStride(from.tensor) : 0,
        to.tensor.layout === "blocked" ? rowStride(to.tensor) : 0,
        offset(x.row, from.start),
        offset(x.channel, inUnits(from.start)),
        offset(y.row, to.start),
        offset(y.channel, inUnits(to.start)),
      ]),
    ],
    workgroups: [Math.ceil(n_rows / 64), n_channels + padding],
  });
}

/** The axes of a tensor under the names `a0`, `a1`, …, one a group. */
export function axesOf(tensor: TensorSpec): Axis[][] {
  return tensor.shape.map((size, i) => [{ name: `a${i}`, size }]);
}

/** Offset of the first index; the innermost channel axis of a vector move counts blocks. */
function offset(strideOf: Map<string, number>, starts: Readonly<Record<string, number>> = {}): number {
  return Object.entries(starts).reduce((sum, [name, at]) => sum + at * (strideOf.get(name) ?? 0), 0);
}

/** Whether whole blocks of four channels stay together. */
function isVectorMove({ from, to, walk }: Move): boolean {
  const axis = walk[walk.length - 1].at(-1)!;
  return [from, to].every(({ tensor, groups, start = {} }) => {
    const inner = groups[groups.length - 1].at(-1);
    return tensor.layout === "blocked" && inner?.name === axis.name && inner.size % 4 === 0 &&
      axis.size % 4 === 0 && (start[axis.name] ?? 0) % 4 === 0;
  });
}

/** Row and channel strides of each axis; a dense tensor has row strides in elements. */
function strides(tensor: Tensor, groups: AxisGroups, unit: number): Strides {
  const row = new Map<string, number>();
  const channel = new Map<string, number>();
  const fill = (map: Map<string, number>, axes: readonly Axis[], innermost: number) => {
    let stride = innermost;
    for (const { name, size } of axes.toReversed()) {
      map.set(name, stride);
      stride *= size;
    }
  };
  if (tensor.layout === "dense") {
    fill(row, groups.flat(), 1);
    return { row, channel };
  }
  fill(row, groups.slice(0, -1).flat(), 1);
  const channels = groups[groups.length - 1];
  fill(channel, channels, 1);
  if (unit > 1) {
    // In blocks: the innermost axis counts blocks, the outer ones stride over whole blocks.
    for (const { name } of channels.slice(0, -1)) channel.set(name, channel.get(name)! / unit);
  }
  return { row, channel };
}
