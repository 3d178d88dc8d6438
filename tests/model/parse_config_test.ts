/** Every field is checked, unknown keys are refused, and all problems are told at once. */
import assert from "node:assert/strict";
import { frameCount, type LaposeConfig, namedConfig, patchGrid } from "../../model/config.ts";
import { parseConfig } from "../../model/parse_config.ts";

function changed(change: (config: LaposeConfig) => void): unknown {
  const config = namedConfig("tiny");
  change(config);
  return JSON.parse(JSON.stringify(config));
}

for (const name of ["base", "small", "tiny"]) {
  Deno.test(`parseConfig() accepts the ${name} configuration`, () => {
    assert.deepEqual(parseConfig(JSON.parse(JSON.stringify(namedConfig(name))), name), namedConfig(name));
  });
}

Deno.test("namedConfig() base is ViT-B and BERT-base on 256 × 192", () => {
  const { vision, text, interaction } = namedConfig("base");
  assert.deepEqual([vision.width, vision.layers, vision.heads, vision.hidden], [768, 12, 12, 3072]);
  assert.deepEqual([text.width, text.layers, text.heads, text.vocabularySize], [768, 12, 12, 30522]);
  assert.equal(interaction.bottleneck, 768 / 4);
  assert.deepEqual(patchGrid(namedConfig("base")), { rows: 16, columns: 12 });
});

Deno.test("namedConfig() refuses an unknown name", () => {
  assert.throws(() => namedConfig("large"), /named "large", expected base, small or tiny/);
});

Deno.test("frameCount() is 2ω+1, and 1 without the temporal part", () => {
  assert.equal(frameCount({ ...namedConfig("tiny"), temporalSpan: 2 }), 5);
  assert.equal(frameCount({ ...namedConfig("tiny"), temporal: false }), 1);
});

const faults: [string, unknown, RegExp][] = [
  ["null", null, /configuration mine: it is null, expected an object/],
  ["an unknown field", { ...namedConfig("tiny"), depth: 3 }, /unknown field depth/],
  [
    "a nested unknown field",
    changed((c) => Object.assign(c.vision, { drop: 0 })),
    /unknown field vision\.drop/,
  ],
  ["a missing field", changed((c) => Reflect.deleteProperty(c.text, "layers")), /missing field text\.layers/],
  [
    "a string for a number",
    changed((c) => Object.assign(c.head, { channels: "64" })),
    /head\.channels is "64"/,
  ],
  ["a fraction", changed((c) => c.vision.layers = 1.5), /vision\.layers is 1\.5, expected a whole number/],
  [
    "a negative number",
    changed((c) => c.transport.lambda = -1),
    /transport\.lambda is -1, expected a number of at least/,
  ],
  ["zero heads", changed((c) => c.vision.heads = 0), /vision\.heads is 0/],
  [
    "heads that do not divide",
    changed((c) => c.vision.heads = 7),
    /vision\.heads is 7, expected a divisor of 96/,
  ],
  ["an unknown head", changed((c) => Object.assign(c.head, { kind: "new" })), /head\.kind is "new"/],
  ["a text longer than the positions", changed((c) => c.text.maxTokens = 999), /text\.maxTokens is 999/],
  ["an id outside the vocabulary", changed((c) => c.text.sepId = 99999), /text\.sepId is 99999/],
];

for (const [what, value, message] of faults) {
  Deno.test(`parseConfig() refuses ${what}`, () => assert.throws(() => parseConfig(value, "mine"), message));
}

Deno.test("parseConfig() tells all problems at once", () => {
  const value = changed((c) => {
    c.vision.layers = 0;
    Object.assign(c, { extra: 1 });
  });
  assert.throws(() => parseConfig(value, "mine"), /unknown field extra; vision\.layers is 0/);
});
