/**
 * Packs parameters anew on the GPU when training has changed their values.
 *
 * Every packing only moves values: it is a gather. Which value goes where is found by packing the values' own
 * positions, so that each packing is written once, on the CPU, for inference and training alike.
 */
import {
  newMemory,
  type PackedParameter,
  type ParameterSource,
  type ScheduledParameter,
} from "../../gpu/schedule.ts";
import type { Lowering } from "../../graph/operator.ts";
import { rowAlignment } from "../../graph/tensor.ts";
import source from "./repack.wgsl" with { type: "text" };

/** Where the values of a parameter stand among all values. */
export interface ValuePlace {
  /** Position of the first one. */
  readonly start: number;
  /** How many. */
  readonly count: number;
}

/** Positions are packed in two halves: a float32 holds whole numbers up to 2²⁴ only. */
const half = 2 ** 12;

/**
 * Emits what packs one parameter anew.
 *
 * @param lowering The planner.
 * @param parameter The packed parameter, bound by some other plan.
 * @param options State buffer with all values, how many, and where those of each name stand.
 * @throws {TypeError} When the packing computes instead of moving values.
 */
export function lowerRepack(
  lowering: Lowering,
  parameter: ScheduledParameter,
  { state, total, places }: { state: string; total: number; places: ReadonlyMap<string, ValuePlace> },
): void {
  // Maps are as large as what they pack: only the size stays in memory, the map is made again when it is uploaded.
  const { map: { length }, texture } = gatherMap(parameter, places);
  const bind = lowering.parameter([], {
    name: `map of ${parameter.key}`,
    pack: () => ({ kind: "buffer", data: gatherMap(parameter, places).map }),
  });
  const target = texture ? lowering.scratch({ shape: [length], layout: "dense" }) : undefined;
  const columns = Math.min(Math.ceil(length / 64), 1024);
  lowering.dispatch({
    shader: { name: "repack", source },
    bindings: [
      bind,
      lowering.state(state, { start: 0, count: total }),
      target ? lowering.buffer(target) : { ...parameter, binding: "writable" },
      lowering.uniform([length, columns * 64]),
    ],
    workgroups: [columns, Math.ceil(length / 64 / columns)],
  });
  if (target && texture) lowering.copyToParameter(target, parameter, [texture.width, texture.height]);
}

/** For each packed element, 1 + the position of its value, or 0; rows of textures are padded as copies want them. */
function gatherMap(
  { key, source }: ScheduledParameter,
  places: ReadonlyMap<string, ValuePlace>,
): { map: Uint32Array; texture?: { width: number; height: number } } {
  if (!source) throw new TypeError(`Cannot pack ${key} anew: its packing is not known`);
  const [low, high] = [(at: number) => at % half, (at: number) => Math.floor(at / half)]
    .map((part) => packPositions(source, { key, places, part }));
  const positions = Uint32Array.from(low.data, (value, i) => value + half * high.data[i]);
  if (low.kind === "buffer") return { map: positions };
  const { width, height } = low;
  const padded = Math.ceil(width / rowAlignment) * rowAlignment;
  const map = new Uint32Array(padded * height * 4);
  for (let row = 0; row < height; row++) {
    map.set(positions.subarray(row * width * 4, (row + 1) * width * 4), row * padded * 4);
  }
  return { map, texture: { width, height } };
}

function packPositions(
  source: ParameterSource,
  { key, places, part }: {
    key: string;
    places: ReadonlyMap<string, ValuePlace>;
    part: (at: number) => number;
  },
): PackedParameter {
  const packed = source.pack(
    source.names.map((name) => {
      const place = places.get(name);
      if (!place) {
        throw new TypeError(`Cannot pack ${key} anew: ${name} is not trained, expected all or none`);
      }
      return Float32Array.from({ length: place.count }, (_, i) => part(place.start + i + 1));
    }),
    newMemory,
  );
  for (const value of packed.data) {
    if (!(Number.isInteger(value) && value >= 0 && value < 2 ** 24)) {
      throw new TypeError(`Cannot pack ${key} anew: its packing computes, expected one that moves values`);
    }
  }
  return packed;
}
