/**
 * The executor turns a schedule into GPU objects once, then replays it: inputs written, one command buffer
 * submitted, outputs read back in one mapping. Nothing is allocated, compiled or shaped in {@linkcode Executor.run}.
 */
import type { GpuDevice } from "./device.ts";
import { ClosedError, GpuError } from "./errors.ts";
import type { ParameterStore } from "./parameters.ts";
import type { StateStore } from "./state_store.ts";
import type { CompiledShader, PipelineCache } from "./pipelines.ts";
import { type PreparedCopy, type PreparedDispatch, recordDispatch, rehearse } from "./prepared_step.ts";
import type { Profile } from "./profile.ts";
import type {
  CopyStep,
  DispatchStep,
  Resource,
  Schedule,
  ScheduledParameter,
  ScheduledValue,
  Step,
} from "./schedule.ts";
import { texelFormats } from "./shader.ts";

/** Elements of a value. */
export type Elements = Float32Array | Float16Array | Int32Array | Uint32Array;

/** Values that come out, by name. */
export type Values = Record<string, Elements>;

/** Values that go in, by name; a list is written one behind the other and may leave the end of the value as it was. */
export type InputValues = Record<string, Elements | readonly Elements[]>;

/** What an executor is made of. */
export interface ExecutorOptions {
  /** The device. */
  device: GpuDevice;
  /** Its compiled shaders. */
  pipelines: PipelineCache;
  /** The model's packed weights. */
  parameters: ParameterStore;
  /** Buffers that outlive the plan, for plans that bind some. */
  state?: StateStore;
  /** Called while weights load. */
  onProgress?: (done: number, total: number) => void;
  /** Fills the arena with what is no number in any precision, so that tests see an element that no kernel wrote. */
  poison?: boolean;
}

const uniformAlignment = 256;
const arrays = { f32: Float32Array, f16: Float16Array, i32: Int32Array, u32: Uint32Array };

/** A schedule made ready on a device. */
export class Executor {
  readonly #device: GpuDevice;
  readonly #schedule: Schedule;
  #steps: (PreparedDispatch | PreparedCopy)[] = [];
  #arena!: GPUBuffer;
  #uniforms!: GPUBuffer;
  #unused!: GPUBuffer;
  #staging!: GPUBuffer;
  #textures: GPUTexture[] = [];
  #outputs: { name: string; value: ScheduledValue; offset: number }[] = [];
  #busy = false;
  #closed = false;

  private constructor(device: GpuDevice, schedule: Schedule) {
    this.#device = device;
    this.#schedule = schedule;
  }

  /**
   * Compiles shaders, loads parameters, allocates memory and builds bind groups.
   *
   * @param schedule What to run.
   * @param options Device, pipelines and parameters.
   * @returns The executor, ready to run.
   * @throws {GpuError} Naming the operator that WebGPU refused.
   */
  static async prepare(schedule: Schedule, options: ExecutorOptions): Promise<Executor> {
    const executor = new Executor(options.device, schedule);
    const parameters = schedule.steps.flatMap((step): readonly Resource[] =>
      step.kind === "dispatch" ? step.bindings : [step.to]
    ).filter((binding): binding is ScheduledParameter => binding.kind === "parameter");
    const compiling = Promise.all(
      schedule.steps.map((step) =>
        step.kind === "dispatch" ? options.pipelines.get(step.shader, step.bindings) : undefined
      ),
    );
    compiling.catch(() => {}); // awaited below, after the weights; a failure must not go unhandled meanwhile
    try {
      await options.parameters.load(parameters, options.onProgress);
      const compiled = await compiling;
      await options.device.scoped("allocation of a plan", () => executor.#allocate());
      if (options.poison) executor.#poison();
      await executor.#bind(compiled, options);
    } catch (error) {
      executor.close();
      throw error;
    }
    return executor;
  }

  /** What it runs. */
  get schedule(): Schedule {
    return this.#schedule;
  }

  /**
   * Writes the inputs, submits once, waits once and returns the outputs.
   *
   * @param inputs One array per input of the schedule.
   * @returns One array per output of the schedule.
   */
  async run(inputs: InputValues): Promise<Values> {
    this.#start(inputs);
    try {
      this.#submit();
      return await this.#read();
    } catch (error) {
      if (this.#closed) throw new ClosedError("Cannot finish the run: the plan was closed meanwhile");
      this.#device.check();
      throw error;
    } finally {
      this.#busy = false;
    }
  }

  /**
   * Replays the plan on the inputs of the run before and waits once, for measurements.
   *
   * @param times Repetitions.
   */
  async repeat(times: number): Promise<void> {
    if (this.#closed) throw new ClosedError("Cannot run the plan: it is closed");
    for (let i = 0; i < times; i++) this.#submit();
    await this.#device.device.queue.onSubmittedWorkDone();
    this.#device.check();
  }

  /**
   * Like {@linkcode run}, with every step in a pass of its own and timed.
   *
   * @param inputs One array per input of the schedule.
   * @returns GPU times; undefined when the device has no timestamp queries.
   */
  async profile(inputs: InputValues): Promise<Profile | undefined> {
    if (!this.#device.traits.timestamps) return undefined;
    this.#start(inputs);
    const { device } = this.#device;
    const dispatches = this.#steps.filter((step) => step.kind === "dispatch");
    const count = dispatches.length * 2;
    const queries = device.createQuerySet({ type: "timestamp", count });
    const resolved = device.createBuffer({
      size: count * 8,
      usage: GPUBufferUsage.QUERY_RESOLVE | GPUBufferUsage.COPY_SRC,
    });
    const staging = device.createBuffer({
      size: count * 8,
      usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST,
    });
    try {
      this.#submit((encoder) => {
        encoder.resolveQuerySet(queries, 0, count, resolved, 0);
        encoder.copyBufferToBuffer(resolved, 0, staging, 0, count * 8);
      }, queries);
      await staging.mapAsync(GPUMapMode.READ);
      const ticks = new BigUint64Array(staging.getMappedRange().slice(0));
      const between = (from: number, to: number) => Number(ticks[to] - ticks[from]) / 1e6;
      return {
        steps: dispatches.map(({ label }, i) => ({
          label,
          milliseconds: between(2 * i, 2 * i + 1),
          endMilliseconds: between(0, 2 * i + 1),
        })),
        spanMilliseconds: between(0, count - 1),
      };
    } finally {
      this.#busy = false;
      queries.destroy();
      resolved.destroy();
      staging.destroy();
    }
  }

  /** Frees arena, textures and staging memory; the parameters stay with their store. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const buffer of [this.#arena, this.#uniforms, this.#unused, this.#staging]) buffer?.destroy();
    for (const texture of this.#textures) texture.destroy();
  }

  #start(inputs: InputValues): void {
    if (this.#closed) throw new ClosedError("Cannot run the plan: it is closed");
    if (this.#busy) throw new GpuError("Cannot run the plan: its previous run has not finished");
    this.#device.check();
    for (const [name, value] of this.#schedule.inputs) this.#write(name, value, inputs[name]);
    this.#busy = true;
  }

  #write(name: string, { range, shape, type }: ScheduledValue, value: InputValues[string] | undefined): void {
    const wanted = arrays[type];
    const count = range.bytes / wanted.BYTES_PER_ELEMENT;
    const parts = Array.isArray(value) ? value as readonly Elements[] : [value as Elements];
    if (!parts.every((part) => part instanceof wanted)) {
      throw new TypeError(`Cannot run the plan with input ${name}: expected a ${wanted.name}`);
    }
    const found = parts.reduce((sum, { length }) => sum + length, 0);
    if (Array.isArray(value) ? found > count : found !== count) {
      throw new TypeError(
        `Cannot run the plan with input ${name}: ${found} values, expected ${count} for [${
          shape.join(", ")
        }]`,
      );
    }
    let { offset } = range;
    for (const part of parts) {
      this.#device.device.queue.writeBuffer(this.#arena, offset, part as Float32Array<ArrayBuffer>);
      offset += part.byteLength;
    }
  }

  #submit(finish?: (encoder: GPUCommandEncoder) => void, queries?: GPUQuerySet): void {
    const { device } = this.#device;
    const encoder = device.createCommandEncoder();
    let pass: GPUComputePassEncoder | undefined;
    let timed = 0;
    for (const step of this.#steps) {
      if (step.kind === "copy") {
        pass?.end();
        pass = undefined;
        encoder.copyBufferToTexture(step.source, step.target, step.extent);
        continue;
      }
      if (queries) {
        pass?.end();
        pass = encoder.beginComputePass({
          timestampWrites: {
            querySet: queries,
            beginningOfPassWriteIndex: timed++,
            endOfPassWriteIndex: timed++,
          },
        });
      }
      pass ??= encoder.beginComputePass();
      recordDispatch(pass, step);
    }
    pass?.end();
    for (const { value, offset } of this.#outputs) {
      encoder.copyBufferToBuffer(this.#arena, value.range.offset, this.#staging, offset, value.range.bytes);
    }
    finish?.(encoder);
    device.queue.submit([encoder.finish()]);
  }

  async #read(): Promise<Values> {
    await this.#staging.mapAsync(GPUMapMode.READ);
    const mapped = this.#staging.getMappedRange();
    const values: Values = {};
    for (const { name, value, offset } of this.#outputs) {
      const count = value.shape.reduce((a, b) => a * b, 1);
      const bytes = mapped.slice(offset, offset + count * 4);
      values[name] = new arrays[value.type](bytes);
    }
    this.#staging.unmap();
    this.#device.check();
    return values;
  }

  #allocate(): void {
    const { device } = this.#device;
    const { arenaBytes, textures, outputs, steps } = this.#schedule;
    const { STORAGE, COPY_SRC, COPY_DST, UNIFORM, MAP_READ } = GPUBufferUsage;
    this.#arena = device.createBuffer({
      label: "arena",
      size: Math.max(256, arenaBytes),
      usage: STORAGE | COPY_SRC | COPY_DST,
    });
    this.#unused = device.createBuffer({ label: "unused bindings", size: 4 * 256, usage: STORAGE });
    const uniformBytes = steps.flatMap((step) => step.kind === "dispatch" ? step.bindings : [])
      .reduce((sum, b) => sum + (b.kind === "uniform" ? align(b.data.byteLength, uniformAlignment) : 0), 0);
    this.#uniforms = device.createBuffer({
      label: "extents",
      size: Math.max(uniformAlignment, uniformBytes),
      usage: UNIFORM | COPY_DST,
    });
    this.#textures = textures.map(({ width, height, type }) =>
      device.createTexture({
        size: [width, height],
        format: texelFormats[type],
        usage: GPUTextureUsage.STORAGE_BINDING | GPUTextureUsage.COPY_DST,
      })
    );
    let offset = 0;
    for (const [name, value] of outputs) {
      this.#outputs.push({ name, value, offset });
      offset += align(value.range.bytes, 8);
    }
    this.#staging = device.createBuffer({
      label: "outputs",
      size: Math.max(8, offset),
      usage: MAP_READ | COPY_DST,
    });
  }

  #poison(): void {
    this.#device.device.queue.writeBuffer(this.#arena, 0, new Uint8Array(this.#arena.size).fill(255));
  }

  async #bind(
    compiled: readonly (CompiledShader | undefined)[],
    { parameters, state }: ExecutorOptions,
  ): Promise<void> {
    const uniforms = new Uint8Array(this.#uniforms.size);
    let uniformOffset = 0;
    let unusedCount = 0;
    const views = this.#textures.map((texture) => texture.createView());
    const resolve = (resource: Resource): GPUBindingResource => {
      switch (resource.kind) {
        case "arena":
          return { buffer: this.#arena, offset: resource.offset, size: resource.bytes };
        case "unused":
          // Ranges that do not meet: two writable bindings of one dispatch may not alias.
          return { buffer: this.#unused, offset: 256 * (unusedCount++ % 4), size: 256 };
        case "state":
          if (!state) throw new GpuError("Cannot bind state: the plan was prepared without any");
          return { buffer: state.buffer(resource.name), offset: resource.offset, size: resource.bytes };
        case "texture":
          return views[resource.slot];
        case "parameter":
          return resource.binding === "texture" || resource.binding === "half_texture"
            ? parameters.texture(resource).createView()
            : { buffer: parameters.buffer(resource) };
        case "uniform": {
          const offset = uniformOffset;
          uniforms.set(new Uint8Array(resource.data), offset);
          uniformOffset += align(resource.data.byteLength, uniformAlignment);
          return { buffer: this.#uniforms, offset, size: resource.data.byteLength };
        }
      }
    };
    const prepare = (step: Step, index: number) =>
      step.kind === "copy"
        ? this.#prepareCopy(step, parameters)
        : this.#prepareDispatch(step, compiled[index]!, step.bindings.map(resolve));
    for (const [index, step] of this.#schedule.steps.entries()) {
      const prepared = await this.#device.scoped(step.label, () => {
        const ready = prepare(step, index);
        if (ready.kind === "dispatch") rehearse(this.#device.device, ready);
        return ready;
      });
      this.#steps.push(prepared);
    }
    this.#device.device.queue.writeBuffer(this.#uniforms, 0, uniforms);
  }

  #prepareDispatch(
    step: DispatchStep,
    compiled: CompiledShader,
    resources: readonly GPUBindingResource[],
  ): PreparedDispatch {
    const group = this.#device.device.createBindGroup({
      label: step.label,
      layout: compiled.layout,
      entries: resources.map((resource, binding) => ({ binding, resource })),
    });
    return {
      kind: "dispatch",
      label: step.label,
      pipeline: compiled.pipeline,
      group,
      workgroups: step.workgroups,
    };
  }

  #prepareCopy(step: CopyStep, parameters: ParameterStore): PreparedCopy {
    const { to } = step;
    return {
      kind: "copy",
      label: step.label,
      source: {
        buffer: this.#arena,
        offset: step.from.offset + step.fromOffset,
        bytesPerRow: step.bytesPerRow,
        rowsPerImage: step.extent[1],
      },
      target: { texture: to.kind === "texture" ? this.#textures[to.slot] : parameters.texture(to) },
      extent: [...step.extent],
    };
  }
}

function align(bytes: number, to: number): number {
  return Math.ceil(bytes / to) * to;
}
