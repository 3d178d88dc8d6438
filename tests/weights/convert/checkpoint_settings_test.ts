import assert from "node:assert/strict";
import { parseCheckpointSettings, unknownSettings } from "../../../weights/convert/checkpoint_settings.ts";

const parse = (value: unknown) => parseCheckpointSettings(JSON.stringify(value), "config.json");

Deno.test("parseCheckpointSettings() reads an encoder, and of a pose model its backbone", () => {
  assert.deepEqual(
    parse({ model_type: "bert", num_attention_heads: 12, layer_norm_eps: 1e-12, hidden_act: "gelu" }),
    {
      ...unknownSettings,
      modelType: "bert",
      heads: 12,
      epsilon: 1e-12,
      activation: "gelu",
    },
  );
  const backbone = { num_attention_heads: 16, image_size: [256, 192], hidden_act: "gelu" };
  assert.deepEqual(parse({ model_type: "vitpose", num_attention_heads: 3, backbone_config: backbone }), {
    ...unknownSettings,
    modelType: "vitpose",
    heads: 16,
    activation: "gelu",
    image: { height: 256, width: 192 },
  });
  assert.deepEqual(parse({ backbone_config: { image_size: 224 } }).image, { height: 224, width: 224 });
});

Deno.test("parseCheckpointSettings() takes no crop from a plain encoder, whose images were squares", () => {
  assert.equal(parse({ model_type: "vit", image_size: 224 }).image, undefined);
});

Deno.test("parseCheckpointSettings() takes null and missing keys as unknown", () => {
  assert.deepEqual(parse({ num_attention_heads: null, backbone_config: null }), unknownSettings);
});

Deno.test("parseCheckpointSettings() refuses texts that are no settings", () => {
  for (const text of ["", "{", "[]", "null", "5"]) {
    assert.throws(() => parseCheckpointSettings(text, "config.json"), {
      name: "SyntaxError",
      message: /^Cannot read settings config\.json: /,
    });
  }
});

Deno.test("parseCheckpointSettings() refuses settings of the wrong kind", () => {
  const cases: [unknown, RegExp][] = [
    [{ num_attention_heads: "12" }, /num_attention_heads is "12", expected a number$/],
    [{ hidden_act: 5 }, /hidden_act is 5, expected a text$/],
    [{ backbone_config: { image_size: [256] } }, /image_size is \[256\], expected \[height, width\]$/],
    [{ backbone_config: { image_size: ["256", 192] } }, /image_size is/],
  ];
  for (const [value, message] of cases) assert.throws(() => parse(value), { name: "TypeError", message });
});
