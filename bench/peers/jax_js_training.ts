/**
 * The training step in jax-js: model, loss, gradients, clipping and AdamW as one compiled function, in the library's own
 * operators. Deconvolutions as a product and sums of its shifted taps were no faster than `convTranspose`.
 */
import { patchGrid } from "../../model/config.ts";
import type { StepResult, TrainingRequest, TrainingRun } from "../training_request.ts";
import type { Jax, JaxArray, JaxArrays } from "./jax_library.ts";

/** Inputs of a step, `[B, 3, H, W]`, `[B, K, H/4, W/4]` and `[B, K, 1, 1]`. */
type Batch = [pixels: JaxArray, targets: JaxArray, visibility: JaxArray];

/** What a step moves. */
interface State {
  values: JaxArrays;
  first: JaxArrays;
  second: JaxArrays;
}

/**
 * Makes the training ready; the first step compiles it.
 *
 * @param jax The library.
 * @param request Model, batch, weights and settings.
 * @returns The training.
 */
export function openJaxTraining(jax: Jax, request: TrainingRequest): TrainingRun {
  const { numpy } = jax;
  const { config: { image }, batch, keypoints, settings } = request;
  const weights = [...request.weights];
  const state: State = {
    values: Object.fromEntries(
      weights.map(([name, { data, shape }]) => [name, numpy.array(data, { shape })]),
    ),
    first: Object.fromEntries(weights.map(([name, { shape }]) => [name, numpy.zeros(shape)])),
    second: Object.fromEntries(weights.map(([name, { shape }]) => [name, numpy.zeros(shape)])),
  };
  const targets = keypointsFirst(request);
  const maps = [batch, keypoints, image.height / 4, image.width / 4];
  const scalar = (value: number) => numpy.array(Float32Array.of(value), { shape: [] });
  const compiled = jax.jit((state: State, corrections: JaxArray[], ...inputs: Batch) => {
    const kept = Object.fromEntries(weights.map(([name]) => [name, state.values[name].ref]));
    const differentiate = jax.valueAndGrad((values: JaxArrays, ...inputs: Batch) =>
      trainingLoss(jax, { request, values, inputs })
    );
    const [loss, gradients] = differentiate(kept, ...inputs);
    return { loss, ...adamw(jax, { request, state, gradients, corrections }) };
  });
  let steps = 0;
  return {
    async step(): Promise<StepResult> {
      steps++;
      const corrections = [scalar(1 - settings.beta1 ** steps), scalar(1 - settings.beta2 ** steps)];
      const { loss, norm, ...moved } = compiled(
        state,
        corrections,
        numpy.array(request.pixels, { shape: [batch, 3, image.height, image.width] }),
        numpy.array(targets, { shape: maps }),
        numpy.array(request.visibility, { shape: [batch, keypoints, 1, 1] }),
      );
      Object.assign(state, moved);
      await jax.blockUntilReady(state);
      const [[lossValue], [normValue]] = [await loss.data(), await norm.data()];
      return { loss: lossValue, norm: normValue };
    },
    close(): Promise<void> {
      const { values, first, second } = state;
      for (const arrays of [values, first, second]) {
        for (const array of Object.values(arrays)) array.dispose();
      }
      compiled.dispose();
      return Promise.resolve();
    },
  };
}

/** Loss of Eq. 12 on the vision-only model; consumes weights and inputs. */
function trainingLoss(
  jax: Jax,
  { request, values, inputs: [pixels, targets, visibility] }: {
    request: TrainingRequest;
    values: JaxArrays;
    inputs: Batch;
  },
): JaxArray {
  const { numpy, nn, lax } = jax;
  const { config, batch: B } = request;
  const { vision, head } = config;
  const { rows, columns } = patchGrid(config);
  const [M, D, h, d] = [rows * columns, vision.width, vision.heads, vision.width / vision.heads];
  const weight = (name: string) => values[name].ref;
  const normalise = (x: JaxArray, axes: number[], epsilon: number) => {
    const centred = x.ref.sub(numpy.mean(x, axes, { keepdims: true }));
    const variance = numpy.mean(numpy.square(centred.ref), axes, { keepdims: true });
    return centred.mul(numpy.reciprocal(numpy.sqrt(variance.add(epsilon))));
  };
  const linear = (x: JaxArray, name: string) =>
    numpy.matmul(x, numpy.transpose(weight(`${name}.weight`))).add(weight(`${name}.bias`));
  const layerNorm = (x: JaxArray, name: string) =>
    normalise(x, [-1], vision.epsilon).mul(weight(`${name}.weight`)).add(weight(`${name}.bias`));
  const batchNorm = (x: JaxArray, name: string) => {
    const channel = (of: string) => weight(`${name}.${of}`).reshape([head.channels, 1, 1]);
    return normalise(x, [0, 2, 3], head.epsilon).mul(channel("weight")).add(channel("bias"));
  };
  const attention = (x: JaxArray, name: string) => {
    const qkv = numpy.transpose(linear(x, `${name}.qkv`).reshape([B, M, 3, h, d]), [2, 0, 3, 1, 4]);
    const [q, k, v] = numpy.split(qkv, 3, 0).map((part) => part.reshape([B, h, M, d]));
    const scores = numpy.matmul(q, numpy.swapaxes(k, 2, 3)).mul(1 / Math.sqrt(d));
    const mixed = numpy.matmul(nn.softmax(scores, -1), v);
    return linear(numpy.transpose(mixed, [0, 2, 1, 3]).reshape([B * M, D]), `${name}.projection`);
  };
  const { patchSize: size, patchPadding: pad } = vision;
  const patches = lax.conv(pixels, weight("vision.patch_embedding.weight"), [size, size], [[pad, pad], [
    pad,
    pad,
  ]]);
  let x = numpy.transpose(patches.reshape([B, D, M]), [0, 2, 1])
    .add(weight("vision.patch_embedding.bias")).add(weight("vision.position_embedding")).reshape([B * M, D]);
  for (let i = 0; i < vision.layers; i++) {
    const block = `vision.blocks.${i}`;
    x = x.ref.add(attention(layerNorm(x, `${block}.norm1`), `${block}.attention`));
    const inner = linear(layerNorm(x.ref, `${block}.norm2`), `${block}.mlp.fc1`);
    x = x.add(linear(nn.gelu(inner, { approximate: false }), `${block}.mlp.fc2`));
  }
  let map = numpy.transpose(layerNorm(x, "vision.norm").reshape([B, rows, columns, D]), [0, 3, 1, 2]);
  for (const i of [1, 2]) {
    const kernel = weight(`head.deconvolution${i}.weight`);
    map = lax.convTranspose(map, kernel, [2, 2], [[1, 1], [1, 1]], { transposeKernel: true });
    map = nn.relu(batchNorm(map, `head.batch_norm${i}`));
  }
  const heatmaps = lax.conv(map, weight("head.convolution.weight"), [1, 1], [[0, 0], [0, 0]])
    .add(weight("head.convolution.bias").reshape([request.keypoints, 1, 1]));
  for (const value of Object.values(values)) value.dispose();
  const count = heatmaps.shape.reduce((product, extent) => product * extent, 1);
  return numpy.sum(numpy.square(heatmaps.sub(targets)).mul(visibility)).mul(1 / count);
}

/** Clips and moves; consumes all of its arrays. */
function adamw(
  { numpy }: Jax,
  { request, state, gradients, corrections: [correction1, correction2] }: {
    request: TrainingRequest;
    state: State;
    gradients: JaxArrays;
    corrections: JaxArray[];
  },
): State & { norm: JaxArray } {
  const { rate, beta1, beta2, epsilon, decay, clip } = request.settings;
  const squares = Object.values(gradients).map((gradient) => numpy.sum(numpy.square(gradient.ref)));
  const norm = numpy.sqrt(squares.reduce((sum, square) => sum.add(square)));
  const factor = numpy.minimum(numpy.reciprocal(norm.ref.add(1e-6)).mul(clip), 1);
  const moved: State = { values: {}, first: {}, second: {} };
  for (const [name, { decays }] of request.weights) {
    const gradient = gradients[name].mul(factor.ref);
    const first = state.first[name].mul(beta1).add(gradient.ref.mul(1 - beta1));
    const second = state.second[name].mul(beta2).add(numpy.square(gradient).mul(1 - beta2));
    const size = numpy.sqrt(second.ref.div(correction2.ref)).add(epsilon);
    const way = first.ref.div(correction1.ref).div(size).mul(rate);
    const value = state.values[name];
    moved.values[name] = decays ? value.ref.sub(way.add(value.mul(rate * decay))) : value.sub(way);
    moved.first[name] = first;
    moved.second[name] = second;
  }
  for (const array of [factor, correction1, correction2]) array.dispose();
  return { ...moved, norm };
}

/** Targets with the axis of the keypoints in front of the pixels', done once. */
function keypointsFirst({ targets, batch, keypoints: K }: TrainingRequest): Float32Array<ArrayBuffer> {
  const pixels = targets.length / batch / K;
  const moved = new Float32Array(targets.length);
  for (let i = 0; i < targets.length; i++) {
    const k = i % K, p = Math.floor(i / K) % pixels, b = Math.floor(i / K / pixels);
    moved[(b * K + k) * pixels + p] = targets[i];
  }
  return moved;
}
