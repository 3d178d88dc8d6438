/** Training of small models: they learn, steps repeat bit for bit, and a saved state goes on bit for bit. */
import assert from "node:assert/strict";
import type { Graph } from "../../graph/graph.ts";
import { rearrange } from "../../kernels/rearrange/rearrange.ts";
import { frameCount, type LaposeConfig } from "../../model/config.ts";
import { parameterShapes } from "../../model/forward_graph.ts";
import { lapose } from "../../model/lapose.ts";
import { totalLoss } from "../../model/losses.ts";
import { Trainer, type TrainerOptions } from "../../training/trainer.ts";
import { livelyValues, smallConfig } from "../estimation/small_weights.ts";
import { testDevice } from "../support/device.ts";
import { assertSameState } from "../support/same_bits.ts";
import { normals, uniform } from "../support/random.ts";

const [B, N, K] = [2, 7, 15];

function build(config: LaposeConfig) {
  return (graph: Graph) => {
    const { height, width } = config.image;
    const pixels = graph.input("pixels", [B, frameCount(config), 3, height, width]);
    const text = config.language
      ? {
        inputIds: graph.input("inputIds", [B, N], "i32"),
        attentionMask: graph.input("attentionMask", [B, N], "i32"),
      }
      : undefined;
    const maps = graph.input("targets", [B, K, height / 4, width / 4]);
    const targets = rearrange(graph, maps, { pattern: "B K h w -> B h w K" });
    const visibility = graph.input("visibility", [B, K]);
    const outputs = lapose(graph, { pixels, ...(text ? { text } : {}) }, { config, keypoints: K });
    return totalLoss(graph, outputs, { inputs: { targets, visibility, ...(text ? { text } : {}) }, config });
  };
}

function batch(config: LaposeConfig, seed: number) {
  const { height, width } = config.image;
  const random = uniform(seed);
  const [h, w] = [height / 4, width / 4];
  const targets = new Float32Array(B * K * h * w);
  for (let map = 0; map < B * K; map++) {
    const [y, x] = [random() * (h - 1), random() * (w - 1)];
    for (let i = 0; i < h * w; i++) {
      targets[map * h * w + i] = Math.exp(-((Math.floor(i / w) - y) ** 2 + (i % w - x) ** 2) / 8);
    }
  }
  return {
    pixels: normals(B * frameCount(config) * 3 * height * width, seed),
    targets,
    visibility: Float32Array.from({ length: B * K }, () => random() < 0.8 ? 1 : 0),
    ...(config.language
      ? {
        inputIds: Int32Array.from({ length: B * N }, () => Math.floor(random() * config.text.vocabularySize)),
        attentionMask: Int32Array.from({ length: B * N }, (_, i) => i % N < 5 ? 1 : 0),
      }
      : {}),
  };
}

async function trainer(config: LaposeConfig, more: Partial<TrainerOptions> = {}): Promise<Trainer> {
  const { device, pipelines } = await testDevice();
  const shapes = parameterShapes(config, K);
  const read = (name: string) => Promise.resolve(livelyValues(name, shapes.get(name)!));
  return await Trainer.prepare({ device, pipelines, config, build: build(config), read, ...more });
}

const settings = { rate: 4e-3, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, decay: 0.05, batches: 1, clip: 1 };

async function steps(of: Trainer, config: LaposeConfig, { first, count }: { first: number; count: number }) {
  const losses = [];
  for (let step = first; step < first + count; step++) {
    losses.push((await of.addBatch(batch(config, step % 2))).total);
    await of.update({ ...settings, step: step + 1 });
  }
  return losses;
}

for (const language of [false, true]) {
  for (const kind of ["classic", "simple"] as const) {
    Deno.test(`Trainer learns two batches: ${kind} head, language ${language}`, async () => {
      const config = { ...smallConfig(), language };
      config.head.kind = kind;
      const of = await trainer(config);
      try {
        const losses = await steps(of, config, { first: 0, count: 30 });
        const [before, after] = [losses[0] + losses[1], losses[28] + losses[29]];
        assert(after < 0.5 * before, `the loss went from ${before} to ${after}`);
      } finally {
        of.close();
      }
    });
  }
}

Deno.test("Trainer goes on bit for bit from a saved state", async () => {
  const config = smallConfig();
  const whole = await trainer(config);
  const resumed = await trainer(config);
  try {
    await steps(whole, config, { first: 0, count: 3 });
    const saved = await whole.save();
    const losses = await steps(whole, config, { first: 3, count: 3 });
    await resumed.restore(saved);
    assert.deepEqual(await steps(resumed, config, { first: 3, count: 3 }), losses);
    assertSameState(await resumed.save(), await whole.save());
  } finally {
    whole.close();
    resumed.close();
  }
});

Deno.test("Trainer gives the same bits when blocks are computed again, in less memory", async () => {
  const config = smallConfig();
  config.vision.layers = 6;
  const kept = await trainer(config);
  const again = await trainer(config, { recompute: true });
  try {
    assert.deepEqual(
      await steps(again, config, { first: 0, count: 2 }),
      await steps(kept, config, { first: 0, count: 2 }),
    );
    assertSameState(await again.save(), await kept.save());
  } finally {
    kept.close();
    again.close();
  }
  const { device } = await testDevice();
  const read = () => Promise.reject(new Error("nobody reads"));
  const measure = (recompute: boolean) => {
    const { arena, textures } = Trainer.measure({ device, config, build: build(config), read, recompute });
    return arena + textures;
  };
  assert(measure(true) < 0.75 * measure(false), `${measure(true)} of ${measure(false)} bytes`);
});

Deno.test("Trainer.measure() counts less for a frozen ViT: nothing of it is kept for gradients", async () => {
  const config = smallConfig();
  const { device } = await testDevice();
  const read = () => Promise.reject(new Error("nobody reads"));
  const measure = (layerDecay: number) => {
    const { arena, state } = Trainer.measure({ device, config, build: build(config), read, layerDecay });
    return { arena, state };
  };
  const [frozen, learning] = [measure(0), measure(1)];
  assert(frozen.arena < 0.9 * learning.arena, `${frozen.arena} of ${learning.arena} bytes`);
  assert(frozen.state < learning.state, `${frozen.state} of ${learning.state} bytes`);
});

Deno.test("Trainer moves the text encoder only when asked to", async () => {
  const config = smallConfig();
  for (const trainText of [false, true]) {
    const of = await trainer(config, { trainText });
    try {
      await steps(of, config, { first: 0, count: 1 });
      const values = await of.values();
      assert.equal(values.has("text.embeddings.word"), trainText);
      if (!trainText) continue;
      const word = values.get("text.embeddings.word")!;
      const before = livelyValues("text.embeddings.word", [
        word.length / config.text.width,
        config.text.width,
      ]);
      assert(word.some((value, i) => value !== before[i]));
    } finally {
      of.close();
    }
  }
});
