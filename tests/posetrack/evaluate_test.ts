import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  evaluateAveragePrecision,
  evaluateKeypointSimilarity,
  evaluateTracking,
} from "../../posetrack/evaluate.ts";
import { type Editable, poseTrack2017, poseTrack2018 } from "./documents.ts";
import { withFiles } from "./golden_cases.ts";
import { writeSyntheticSet } from "./synthetic_validation_set.ts";

const bad: [
  name: string,
  breakIt: (gt: Editable, pred: Editable) => void,
  side: "gt" | "pred",
  message: string,
][] = [
  [
    "another number of frames",
    (_, pred) => {
      pred.images.pop();
      pred.annotations = pred.annotations.filter((entry: Editable) => entry.image_id === pred.images[0].id);
    },
    "pred",
    "Cannot evaluate FILE: it has 1 frames, expected 2 as in OTHER",
  ],
  [
    "a track id twice in a frame",
    (_, pred) => pred.annotations[2].track_id = 0,
    "pred",
    "Cannot evaluate FILE: annotations[0] and annotations[2] share the track id 0 in images[0], expected each id once " +
    "a frame",
  ],
  [
    "a person without a head box",
    (gt) => delete gt.annotations[2].bbox_head,
    "gt",
    "Cannot evaluate FILE: annotations[2] in images[0] has no head box, expected bbox_head or x1 … y2",
  ],
  [
    "joints without slots",
    (_, pred) => Object.assign(pred.categories[0].keypoints, { 1: "left_eye", 2: "right_eye" }),
    "pred",
    "Cannot evaluate FILE: its keypoints lack head_bottom, head_top, expected the 15 joints of PoseTrack",
  ],
  [
    "a NaN score",
    (_, pred) => pred.annotations[1].scores[3] = NaN,
    "pred",
    "Cannot read FILE: annotations[1].scores[3] is null, expected a finite number",
  ],
];

for (const [name, breakIt, side, message] of bad) {
  Deno.test(`evaluateAveragePrecision() refuses ${name}`, () => {
    const gt = poseTrack2018();
    const pred = poseTrack2018();
    breakIt(gt, pred);
    return withFiles({ gt: { a: gt }, pred: { a: pred } }, async (folders) => {
      const paths = [join(folders.groundTruth, "a.json"), join(folders.prediction, "a.json")];
      const [file, other] = side === "gt" ? paths : paths.toReversed();
      await assert.rejects(evaluateAveragePrecision(folders), {
        message: message.replace("FILE", file).replace("OTHER", other),
      });
    });
  });
}

Deno.test("evaluateAveragePrecision() names a NaN that Python wrote", () => {
  const text = JSON.stringify(poseTrack2018()).replace('"scores":[0,', '"scores":[NaN,');
  return withFiles({ gt: { a: poseTrack2018() }, pred: { a: text } }, async (folders) => {
    await assert.rejects(evaluateAveragePrecision(folders), {
      name: "TypeError",
      message:
        `Cannot read ${folders.prediction}/a.json: annotations[0].scores[0] is NaN, expected a finite number`,
    });
  });
});

Deno.test("evaluateAveragePrecision() says where a prediction file is cut", () => {
  const text = JSON.stringify(poseTrack2018());
  const cut = text.slice(0, text.lastIndexOf('"scores"') + 12);
  return withFiles({ gt: { a: poseTrack2018() }, pred: { a: cut } }, async (folders) => {
    await assert.rejects(evaluateAveragePrecision(folders), {
      name: "SyntaxError",
      message: new RegExp(
        `^Cannot parse ${folders.prediction}/a.json: the text ends at line 1, column ${cut.length + 1}, in ` +
          "annotations\\[2\\].scores\\[",
      ),
    });
  });
});

Deno.test("evaluateAveragePrecision() names all missing prediction files at once", () =>
  withFiles(
    { gt: { a: poseTrack2018(), b: poseTrack2017(), c: poseTrack2017() }, pred: { b: poseTrack2017() } },
    async (folders) => {
      await assert.rejects(evaluateAveragePrecision(folders), {
        message: `Cannot evaluate ${folders.prediction}: 2 files missing, expected a.json, c.json`,
      });
      await assert.rejects(evaluateAveragePrecision({ ...folders, prediction: "/nowhere" }), {
        message: "Cannot read predictions from /nowhere: no such file or folder",
      });
      const file = join(folders.prediction, "b.json");
      await assert.rejects(evaluateAveragePrecision({ ...folders, prediction: file }), {
        message:
          `Cannot evaluate ${file}: it is one file, expected a folder with 3 files as ${folders.groundTruth}`,
      });
    },
  ));

Deno.test("evaluateAveragePrecision() needs no track ids, evaluateTracking() does", () => {
  const pred = poseTrack2018();
  delete pred.annotations[2].track_id;
  return withFiles({ gt: { a: poseTrack2018() }, pred: { a: pred } }, async (folders) => {
    const { ap } = (await evaluateAveragePrecision(folders)).metric.result();
    assert.equal(ap.mean, 100);
    await assert.rejects(evaluateTracking(folders), {
      name: "TypeError",
      message:
        `Cannot evaluate tracks against ${folders.groundTruth}/a.json: annotations[2] in images[0] has no track ` +
        "id, expected one",
    });
  });
});

Deno.test("evaluateAveragePrecision() says that it leaves out further videos of a file", () => {
  const document = poseTrack2018();
  document.images[1].file_name = "images/val/000007_bonn_test/000000.jpg";
  return withFiles({ gt: { a: document }, pred: { a: document } }, async (folders) => {
    const { metric, notes } = await evaluateAveragePrecision(folders);
    assert.equal(metric.result().frames, 1);
    assert.deepEqual(notes, [
      `${folders.groundTruth}/a.json holds 2 videos; only the first, 003418, is evaluated, as poseval does`,
    ]);
  });
});

Deno.test("evaluateAveragePrecision() can leave out frames that PoseTrack21 marks as not labelled", () => {
  const gt = poseTrack2018();
  gt.images[1].is_labeled = false;
  return withFiles({ gt: { a: gt }, pred: { a: poseTrack2018() } }, async (folders) => {
    assert.equal((await evaluateAveragePrecision(folders)).metric.result().frames, 2);
    const { metric } = await evaluateAveragePrecision({ ...folders, labeledOnly: true });
    assert.equal(metric.result().frames, 1);
  });
});

Deno.test("evaluateKeypointSimilarity() refuses results of images that the ground truth does not have", () =>
  withFiles({
    gt: { a: poseTrack2018() },
    pred: { a: [{ image_id: 5, keypoints: [], score: 1 }] },
  }, async (folders) => {
    await assert.rejects(evaluateKeypointSimilarity(folders), {
      name: "RangeError",
      message:
        `Cannot read ${folders.prediction}/a.json: [0].image_id is 5, expected an image of the ground truth`,
    });
  }));

Deno.test("evaluateKeypointSimilarity() takes the mean joint score where a person has none, and asks for one", () => {
  const pred = poseTrack2018();
  return withFiles({ gt: { a: poseTrack2018() }, pred: { a: pred } }, async (folders) => {
    const { metric } = await evaluateKeypointSimilarity(folders);
    assert.ok(Math.abs((metric.result().AP ?? NaN) - 100) <= 1e-9);
  }).then(() => {
    delete pred.annotations[1].scores;
    return withFiles({ gt: { a: poseTrack2018() }, pred: { a: pred } }, async (folders) => {
      await assert.rejects(evaluateKeypointSimilarity(folders), {
        message:
          `Cannot evaluate ${folders.prediction}/a.json: annotations[1] has neither a score nor joint scores, ` +
          "expected one",
      });
    });
  });
});

Deno.test("evaluateAveragePrecision() of a whole validation set in less than 60 s and 500 MB", async () => {
  const folder = await mkdtemp(join(tmpdir(), "validation-"));
  try {
    await writeSyntheticSet(folder, { sequences: 170, frames: 100, people: 6 });
    const module = new URL("../../posetrack/evaluate.ts", import.meta.url).href;
    const script = `
      import { evaluateAveragePrecision } from ${JSON.stringify(module)};
      const [groundTruth, prediction] = Deno.args;
      let peak = 0;
      const onProgress = () => { peak = Math.max(peak, Deno.memoryUsage().rss); };
      const { metric } = await evaluateAveragePrecision({ groundTruth, prediction, onProgress });
      const { frames } = metric.result();
      onProgress();
      console.log(JSON.stringify({ frames, peak }));`;
    const file = join(folder, "measure.ts");
    await Deno.writeTextFile(file, script);
    const started = performance.now();
    const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--no-check", "--no-lock", file, join(folder, "gt"), join(folder, "pred")],
    }).output();
    const seconds = (performance.now() - started) / 1000;
    assert.equal(code, 0, new TextDecoder().decode(stderr));
    const { frames, peak } = JSON.parse(new TextDecoder().decode(stdout));
    assert.equal(frames, 17000);
    assert.ok(seconds <= 60, `${seconds} s`);
    assert.ok(peak <= 500e6, `${peak} bytes`);
  } finally {
    await rm(folder, { recursive: true });
  }
});

const samples = new URL("../../../shared/data/posetrack18/annotations/val", import.meta.url).pathname;

Deno.test({
  name: "evaluateAveragePrecision() gives the real PoseTrack 2018 samples 100 against themselves",
  ignore: !existsSync(samples),
  async fn() {
    const folders = { groundTruth: samples, prediction: samples };
    const { metric, format } = await evaluateAveragePrecision(folders);
    const { ap, recall, frames } = metric.result();
    assert.deepEqual([format, frames], ["posetrack2018", 2]);
    for (const value of [...Object.values(ap), ...Object.values(recall)]) assert.equal(value, 100);
  },
});
