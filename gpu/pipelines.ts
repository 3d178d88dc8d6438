/** Pipelines: each shader is compiled once per device and kept. */
import type { GpuDevice } from "./device.ts";
import { GpuError } from "./errors.ts";
import type { Resource } from "./schedule.ts";
import {
  declareStorage,
  expandShader,
  type Shader,
  shaderKey,
  type StoredType,
  texelFormats,
} from "./shader.ts";

/** A compiled shader with the layout of its one bind group. */
export interface CompiledShader {
  /** The compute pipeline. */
  readonly pipeline: GPUComputePipeline;
  /** Layout of bind group 0. */
  readonly layout: GPUBindGroupLayout;
}

type BindingKind = "storage" | "read-only-storage" | "uniform" | keyof typeof textureFormats;

const textureFormats = { texture: texelFormats.f32, half_texture: texelFormats.f16 } as const;

/** Compiles shaders and keeps them. */
export class PipelineCache {
  readonly #device: GpuDevice;
  readonly #layouts = new Map<string, GPUBindGroupLayout>();
  readonly #compiled = new Map<string, Promise<CompiledShader>>();

  /** A cache on `device`. */
  constructor(device: GpuDevice) {
    this.#device = device;
  }

  /**
   * The pipeline of `shader`, compiled at the first call.
   *
   * @param shader What to compile.
   * @param bindings What will be bound, in order; only its kinds matter.
   * @returns The pipeline and its bind group layout.
   * @throws {GpuError} With operator, line, column and source line when WGSL is refused.
   */
  get(shader: Shader, bindings: readonly Resource[]): Promise<CompiledShader> {
    const kinds = bindings.map((binding) => bindingKind(binding));
    const types = bindings.map((binding) => storedType(binding));
    const key = kinds.join() + types.join() + shaderKey(shader);
    let compiled = this.#compiled.get(key);
    if (!compiled) {
      compiled = this.#compile(shader, types, this.#layout(kinds));
      this.#compiled.set(key, compiled);
    }
    return compiled;
  }

  #layout(kinds: readonly BindingKind[]): GPUBindGroupLayout {
    const key = kinds.join();
    let layout = this.#layouts.get(key);
    if (!layout) {
      layout = this.#device.device.createBindGroupLayout({
        entries: kinds.map((kind, binding) => ({
          binding,
          visibility: GPUShaderStage.COMPUTE,
          ...(kind === "texture" || kind === "half_texture"
            ? { storageTexture: { access: "read-only" as const, format: textureFormats[kind] } }
            : { buffer: { type: kind } }),
        })),
      });
      this.#layouts.set(key, layout);
    }
    return layout;
  }

  async #compile(
    shader: Shader,
    types: readonly StoredType[],
    layout: GPUBindGroupLayout,
  ): Promise<CompiledShader> {
    const { device } = this.#device;
    const code = declareStorage(types) + expandShader(shader);
    // The scope is closed before anything is awaited: scopes are a stack, and other compilations run meanwhile.
    device.pushErrorScope("validation");
    const module = device.createShaderModule({ label: shader.name, code });
    const compiling = device.createComputePipelineAsync({
      label: shader.name,
      layout: device.createPipelineLayout({ bindGroupLayouts: [layout] }),
      compute: { module, entryPoint: "main", constants: { ...shader.constants } },
    });
    const scope = device.popErrorScope();
    let refused = "";
    const pipeline = await compiling.catch((error: unknown) => {
      refused = error instanceof Error ? error.message : String(error);
    });
    const validation = await scope;
    if (validation || !pipeline) {
      const information = await module.getCompilationInfo();
      const lines = code.split("\n");
      const messages = information.messages.map((message) =>
        `line ${message.lineNum}, column ${message.linePos}: ${message.message}\n    ${
          lines[message.lineNum - 1] ?? ""
        }`
      );
      const detail = [validation?.message ?? refused, ...messages].join("\n  ");
      throw new GpuError(`Cannot compile shader ${shader.name}: ${detail}`);
    }
    return { pipeline, layout };
  }
}

function storedType(resource: Resource): StoredType {
  return resource.kind === "arena" || resource.kind === "texture" ? resource.type : "f32";
}

function bindingKind(resource: Resource): BindingKind {
  switch (resource.kind) {
    case "arena":
    case "state":
    case "unused":
      // wgpu tracks whole buffers: a range bound read-only beside a writable one of the same buffer is refused.
      return "storage";
    case "parameter":
      if (resource.binding === "writable") return "storage";
      return resource.binding === "buffer" ? "read-only-storage" : resource.binding;
    case "texture":
      return resource.type === "f16" ? "half_texture" : "texture";
    case "uniform":
      return "uniform";
  }
}
