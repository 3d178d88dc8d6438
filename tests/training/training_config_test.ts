/** The training file: the paper's settings where it is silent, and all faults at once. */
import assert from "node:assert/strict";
import { parseTrainingConfig } from "../../training/training_config.ts";

const least = { weights: "start.onnx", train: "train.json", output: "out" };

Deno.test("parseTrainingConfig() takes the paper's settings where the file is silent", () => {
  const config = parseTrainingConfig(least, "/runs/a.json");
  assert.equal(config.weights, "/runs/start.onnx");
  assert.equal(config.output, "/runs/out");
  assert.equal(config.epochs, 20);
  assert.deepEqual(config.rates, { base: 2e-4, steps: [[6, 0.1], [12, 0.01], [16, 0.001]], warmUp: 0 });
  assert.deepEqual(config.augmentation, { rotation: 45, scale: [0.65, 1.35], flip: 0.5, halfBody: 0.3 });
  assert.equal(config.trainText, false);
  assert.equal("validation" in config, false);
});

Deno.test("parseTrainingConfig() tells a configuration's name from its file", () => {
  const { weights: _, ...rest } = least;
  assert.equal(parseTrainingConfig({ ...rest, model: "tiny" }, "/runs/a.json").model, "tiny");
  assert.equal(parseTrainingConfig({ ...rest, model: "m.json" }, "/runs/a.json").model, "/runs/m.json");
});

Deno.test("parseTrainingConfig() lists every fault", () => {
  const faulty = {
    model: "tiny",
    weights: "a.onnx",
    output: 3,
    epochs: 0.5,
    batch: "many",
    rateSteps: [[1]],
    trainText: "yes",
    augmentation: { scale: [2, 1], flip: 2, turn: 1 },
    evaluate: { "../up": "a.json" },
    speed: 1,
  };
  assert.throws(() => parseTrainingConfig(faulty, "a.json"), (error) => {
    assert(error instanceof TypeError);
    for (
      const part of [
        "speed is unknown",
        "train is undefined, expected a text",
        "output is 3, expected a text",
        "epochs is 0.5, expected a whole number of at least 1",
        'batch is "many"',
        "rateSteps is [[1]]",
        'trainText is "yes", expected true or false',
        'evaluate is {"../up":"a.json"}, expected paths by names of letters',
        "augmentation.turn is unknown",
        "augmentation.scale is [2,1], expected [smallest, largest]",
        "augmentation.flip is 2, expected a number from 0 to 1",
        "expected either weights or model",
      ]
    ) assert(error.message.includes(part), `${part} in ${error.message}`);
    return true;
  });
  assert.throws(() => parseTrainingConfig([], "a.json"), /it is \[\], expected an object/);
});

Deno.test("parseTrainingConfig() takes pretrained and visionOnly beside a configuration alone", () => {
  const { weights: _, ...rest } = least;
  const pretrained = "vision.onnx";
  assert.equal(
    parseTrainingConfig({ ...rest, model: "tiny", pretrained }, "/runs/a.json").pretrained,
    "/runs/vision.onnx",
  );
  assert.throws(
    () => parseTrainingConfig({ ...least, pretrained }, "a.json"),
    /pretrained is given without model, expected it beside model alone/,
  );
  assert.equal(
    parseTrainingConfig({ ...rest, model: "tiny", visionOnly: true }, "/runs/a.json").visionOnly,
    true,
  );
  assert.throws(
    () => parseTrainingConfig({ ...least, visionOnly: true }, "a.json"),
    /visionOnly is given without model/,
  );
});

Deno.test("parseTrainingConfig() reads what an ablation is evaluated on", () => {
  const evaluate = { clean: "val/clean.json", "hard-1": "/data/hard.json" };
  const config = parseTrainingConfig({ ...least, evaluate }, "/runs/a.json");
  assert.deepEqual(config.evaluate, { clean: "/runs/val/clean.json", "hard-1": "/data/hard.json" });
  for (const wrong of [{}, "a.json", ["a.json"], { clean: 3 }, { clean: "" }]) {
    const parse = () => parseTrainingConfig({ ...least, evaluate: wrong }, "a.json");
    assert.throws(parse, /evaluate is .*, expected paths by names/);
  }
});
