/**
 * A schedule is data: the steps of one forward pass and the memory they touch, decided before any device exists.
 *
 * Made by `graph/`, turned into pipelines and bind groups by the executor; knows no operator.
 */
import type { Shader, StoredType } from "./shader.ts";

/** A range of the arena, in bytes. */
export interface ArenaRange {
  readonly kind: "arena";
  /** What the numbers of a blocked tensor are; `"f32"` of any other. */
  readonly type: StoredType;
  /** Start, a multiple of 256. */
  offset: number;
  /** Length. */
  readonly bytes: number;
}

/** Activations as a texture, in texels; it stands in the corner of a slot that others have at other times. */
export interface ScheduledTexture {
  readonly kind: "texture";
  /** What its texels are made of: `rgba32float` or `rgba16float`. */
  readonly type: StoredType;
  /** Which physical texture. */
  slot: number;
  readonly width: number;
  readonly height: number;
}

/**
 * Smallest texture extent of at least `texels` that is no power of two. llvmpipe compiles a shader anew for
 * power-of-two extents, at seconds apiece for a large register tile.
 */
export function textureExtent(texels: number): number {
  const extent = Math.max(texels, 3);
  return (extent & (extent - 1)) === 0 ? extent + 1 : extent;
}

/** Something made once per model and shared by its schedules: packed weights. */
export interface ScheduledParameter {
  readonly kind: "parameter";
  /** Identifies parameter and packing. */
  readonly key: string;
  /**
   * How it is bound; `"writable"` is a buffer where the shader's binding also takes arena ranges, `"half_texture"` one
   * of format `rgba16float`.
   */
  readonly binding: "buffer" | "texture" | "half_texture" | "writable";
  /** Reads and packs the values, in memory of one's own when none is given. */
  readonly load: (memory?: LoadingMemory) => Promise<PackedParameter>;
  /** What it is made of, for those who pack it anew when its values have changed. */
  readonly source?: ParameterSource;
}

/** The weights behind a packed parameter. */
export interface ParameterSource {
  /** Canonical names. */
  readonly names: readonly string[];
  /** Packs their values, one array per name. */
  readonly pack: Pack;
}

/** Gives memory of at least so many bytes. */
export type Allocate = (bytes: number) => ArrayBuffer;

/** Makes one parameter of the values of some weights; `allocate` gives zeros, just as many as are asked for. */
export type Pack = (values: readonly Float32Array[], allocate: Allocate) => PackedParameter;

/** Where the values of a parameter stand while it is loaded. */
export interface LoadingMemory {
  /** For values as they are read; it may hold anything. */
  readonly read: Allocate;
  /** For packed values; zeros. */
  readonly packed: Allocate;
}

/** Memory of one's own, for those who pack without a GPU. */
export function newMemory(bytes: number): ArrayBuffer {
  return new ArrayBuffer(bytes);
}

/** A range of a buffer that outlives every plan: what training keeps from step to step. */
export interface ScheduledState {
  readonly kind: "state";
  /** Which buffer. */
  readonly name: string;
  /** Start in bytes, a multiple of 256. */
  readonly offset: number;
  /** Length in bytes. */
  readonly bytes: number;
}

/** Values of a parameter as the GPU wants them. */
export type PackedParameter =
  | { readonly kind: "buffer"; readonly data: Float32Array | Float16Array | Uint32Array }
  | {
    readonly kind: "texture";
    /** A `Float32Array` becomes `rgba32float`, a `Float16Array` `rgba16float`. */
    readonly data: Float32Array | Float16Array;
    readonly width: number;
    readonly height: number;
  };

/** Small constants of one dispatch: extents and strides. */
export interface ScheduledUniform {
  readonly kind: "uniform";
  /** Whole 16-byte rows. */
  readonly data: ArrayBuffer;
}

/** A small buffer that fills a binding which the chosen mode of a shader does not read. */
export interface UnusedBinding {
  readonly kind: "unused";
}

/** What a dispatch can bind. */
export type Resource =
  | ArenaRange
  | ScheduledTexture
  | ScheduledParameter
  | ScheduledState
  | ScheduledUniform
  | UnusedBinding;

/** One compute dispatch. */
export interface DispatchStep {
  readonly kind: "dispatch";
  /** Operator and tensor, named in errors and timings. */
  readonly label: string;
  readonly shader: Shader;
  /** In order of `@binding`. */
  readonly bindings: readonly Resource[];
  readonly workgroups: readonly [number, number, number];
}

/** Copies rows of an arena range into a texture. */
export interface CopyStep {
  readonly kind: "copy";
  readonly label: string;
  readonly from: ArenaRange;
  /** Start inside `from`, in bytes. */
  readonly fromOffset: number;
  /** A multiple of 256. */
  readonly bytesPerRow: number;
  /** A texture of the plan, or a parameter that is one. */
  readonly to: ScheduledTexture | ScheduledParameter;
  /** Texels to copy: width, height. */
  readonly extent: readonly [number, number];
}

/** One step of a schedule. */
export type Step = DispatchStep | CopyStep;

/** A named value that goes in or comes out, row-major. */
export interface ScheduledValue {
  readonly range: ArenaRange;
  readonly shape: readonly number[];
  readonly type: StoredType | "i32" | "u32";
}

/** A physical texture of a plan. */
export interface TextureSlot {
  /** Extents in texels. */
  readonly width: number;
  readonly height: number;
  /** What its texels are made of. */
  readonly type: StoredType;
}

/** GPU memory of a texture, in bytes. */
export function textureBytes({ width, height, type }: TextureSlot): number {
  return width * height * blockBytes[type];
}

/** Bytes of four channels of one row, which are one texel too. */
export const blockBytes: Readonly<Record<StoredType, number>> = { f32: 16, f16: 8 };

/** The whole forward pass as data. */
export interface Schedule {
  readonly steps: readonly Step[];
  readonly arenaBytes: number;
  /** Largest sum of live ranges, in bytes: the least that any arena could be. */
  readonly liveBytes: number;
  /** The textures that activations are copied into. */
  readonly textures: readonly TextureSlot[];
  readonly inputs: ReadonlyMap<string, ScheduledValue>;
  readonly outputs: ReadonlyMap<string, ScheduledValue>;
}

/** GPU memory of a plan beside the weights: the arena and the textures, in bytes. */
export function activationBytes({ arenaBytes, textures }: Pick<Schedule, "arenaBytes" | "textures">): number {
  return textures.reduce((sum, slot) => sum + textureBytes(slot), arenaBytes);
}
