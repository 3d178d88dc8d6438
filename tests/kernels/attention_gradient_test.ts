/** Gradients of queries, keys and values, self and cross, masked, along either axis, against differences. */
import { attention } from "../../kernels/attention/attention.ts";
import { attentionOracle } from "../oracles/attention.ts";
import { assertGradient } from "../support/gradient_check.ts";
import { uniform } from "../support/random.ts";

interface Case {
  title: string;
  /** `[outer, queries, keys, inner]`; inner > 1 attends along axis 1 of four. */
  extents: [number, number, number, number];
  heads: number;
  headWidth: number;
  self?: boolean;
  masked?: boolean;
}

const cases: Case[] = [
  { title: "one query, one key", extents: [1, 1, 1, 1], heads: 1, headWidth: 4 },
  { title: "prime lengths, masked", extents: [2, 7, 13, 1], heads: 3, headWidth: 8, masked: true },
  { title: "one above the groups", extents: [1, 33, 5, 1], heads: 2, headWidth: 16 },
  { title: "self attention along frames", extents: [2, 3, 3, 5], heads: 2, headWidth: 8, self: true },
  { title: "self attention of 97 tokens", extents: [1, 97, 97, 1], heads: 2, headWidth: 12, self: true },
  {
    title: "sequences for two chunks, masked",
    extents: [5, 31, 29, 1],
    heads: 1,
    headWidth: 8,
    masked: true,
  },
  { title: "heads of ViT-B", extents: [1, 6, 9, 1], heads: 1, headWidth: 64 },
  { title: "one head of 260, masked", extents: [2, 6, 9, 1], heads: 1, headWidth: 260, masked: true },
  { title: "two heads of 76 along frames", extents: [2, 3, 3, 5], heads: 2, headWidth: 76, self: true },
  { title: "Eq. 4 as printed at D 768", extents: [1, 12, 5, 1], heads: 1, headWidth: 768 },
];

// The device at hand, the kernels of a GPU, and textures that hold only some of the sequences.
const devices = { "": {}, " on a GPU": { software: false }, " in chunks": { maxTextureExtent: 101 } };

for (const [device, traits] of Object.entries(devices)) {
  for (const [seed, test] of cases.entries()) {
    Deno.test(`attention() gradient: ${test.title}${device} equals differences`, async () => {
      const { self = false, masked = false, heads, headWidth } = test;
      const [outer, queries, keys, inner] = test.extents;
      const width = heads * headWidth;
      const channels = self
        ? { queries: 3 * width, context: 3 * width }
        : { queries: width, context: 2 * width };
      const starts = self ? { query: 0, key: width, value: 2 * width } : { query: 0, key: 0, value: width };
      const random = uniform(seed);
      const mask = Int32Array.from({ length: outer * keys }, () => random() < 0.6 ? 1 : 0);
      if (masked && outer > 1) mask.fill(0, 0, keys); // a sequence with no key at all
      const shape = (length: number, count: number) =>
        inner > 1 ? [outer, length, inner, count] : [outer, length, count];
      await assertGradient({
        seed,
        traits,
        samples: 12,
        inputs: {
          q: shape(queries, channels.queries),
          ...(self ? {} : { c: shape(keys, channels.context) }),
        },
        ...(masked ? { constants: { mask: { shape: [outer, keys], data: mask } } } : {}),
        build: (graph, { q, c = q, mask }) =>
          attention(graph, { queries: q, context: c }, {
            heads,
            headWidth,
            axis: 1,
            queryPart: 0,
            keyPart: self ? 1 : 0,
            valuePart: self ? 2 : 1,
            ...(mask ? { mask } : {}),
          }),
        oracle: ({ q, c = q, mask }) => {
          const lengths = { queries, keys };
          return attentionOracle({
            queries: q,
            context: c,
            mask,
            outer,
            inner,
            lengths,
            heads,
            width,
            channels,
            starts,
          });
        },
      });
    });
  }
}
