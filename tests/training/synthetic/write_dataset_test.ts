import assert from "node:assert/strict";
import { join } from "node:path";
import { findDescription } from "../../../descriptions/find_description.ts";
import { readDescriptions } from "../../../descriptions/read_descriptions.ts";
import { openFrames } from "../../../people/frames.ts";
import { readDatasetConfig } from "../../../posetrack/dataset_config.ts";
import { evaluateAveragePrecision, evaluateTracking } from "../../../posetrack/evaluate.ts";
import { requireImages } from "../../../posetrack/images.ts";
import { annotatedBoxes } from "../../../posetrack/person_boxes.ts";
import { readSequences } from "../../../posetrack/read_sequences.ts";
import { type SynthesisOptions, writeDataset } from "../../../training/synthetic/write_dataset.ts";

const options: SynthesisOptions = {
  clips: 6,
  seed: 1003,
  degraded: 0.5,
  frames: 3,
  size: { width: 128, height: 96 },
};

async function withFolder(test: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "lapose-synthetic-" });
  try {
    await test(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Content of every file below a folder, by path. */
async function contentOf(folder: string, below = ""): Promise<Map<string, string>> {
  const files = new Map<string, string>();
  for await (const { name, isDirectory } of Deno.readDir(join(folder, below))) {
    const path = below === "" ? name : `${below}/${name}`;
    if (isDirectory) { for (const [key, value] of await contentOf(folder, path)) files.set(key, value); }
    else files.set(path, new TextDecoder("latin1").decode(await Deno.readFile(join(folder, path))));
  }
  return new Map([...files].sort(([a], [b]) => a < b ? -1 : 1));
}

Deno.test("writeDataset() writes what the readers read: config, sequences, images, descriptions", () =>
  withFolder(async (folder) => {
    const target = join(folder, "data");
    const written = await writeDataset(target, options);
    assert.deepEqual(
      { ...written, dataset: undefined },
      { dataset: undefined, split: "val", clips: 6, degraded: 3, frames: 18, wasThere: false },
    );
    assert.deepEqual((await Array.fromAsync(Deno.readDir(folder))).map(({ name }) => name), ["data"]);
    const descriptions = await readDescriptions(join(target, "descriptions.jsonl"));
    const subsets: Record<string, string[]> = {};
    for (const subset of ["", "_clean", "_degraded"]) {
      const config = await readDatasetConfig(join(target, `dataset${subset}.json`));
      assert.equal(config.descriptions, join(target, "descriptions.jsonl"));
      assert.equal(config.images, target);
      const sequences = await Array.fromAsync(readSequences(config.annotations));
      assert.equal(await requireImages(sequences, config.images), sequences.length * 3);
      subsets[subset] = sequences.map(({ name }) => name);
      for (const { name, format, frames, video } of sequences) {
        assert.equal(format, "posetrack2018");
        assert.ok(name.startsWith(video));
        assert.ok(findDescription(descriptions, name) !== undefined, `${name} has no description`);
        const people = new Set(frames.flatMap((frame) => frame.people.map(({ trackId }) => trackId)));
        if (people.size > 1) {
          for (const person of people) {
            assert.equal(findDescription(descriptions, name, person)?.person, person);
          }
        }
        for (const frame of frames) {
          assert.deepEqual([frame.width, frame.height], [128, 96]);
          assert.equal(annotatedBoxes(frame).length, frame.people.length);
          assert.ok(frame.people.every(({ headBox }) => headBox !== undefined));
        }
      }
    }
    assert.deepEqual([...subsets._clean, ...subsets._degraded].sort(), subsets[""]);
    assert.equal(subsets._degraded.length, 3);
    const source = await openFrames(join(target, "images/val", subsets[""][0]));
    assert.deepEqual([source.length, source.clip], [3, subsets[""][0]]);
    for await (const frame of source) assert.deepEqual([frame.width, frame.height], [128, 96]);
  }));

Deno.test("writeDataset() writes annotations that are perfect against themselves", () =>
  withFolder(async (folder) => {
    await writeDataset(join(folder, "data"), { ...options, clips: 10, frames: 4 });
    const annotations = join(folder, "data/annotations/val");
    const both = { groundTruth: annotations, prediction: annotations };
    const { ap } = (await evaluateAveragePrecision(both)).metric.result();
    for (const [joint, value] of Object.entries(ap)) assert.equal(value, 100, joint);
    const { mota } = (await evaluateTracking(both)).metric.result();
    assert.equal(mota.mean, 100);
  }));

Deno.test("writeDataset() gives the same bytes for the same settings, and other pictures for another seed", () =>
  withFolder(async (folder) => {
    const [a, b, c] = ["a", "b", "c"].map((name) => join(folder, name));
    await writeDataset(a, options);
    await writeDataset(b, options);
    await writeDataset(c, { ...options, seed: 1004 });
    const [one, two, three] = [await contentOf(a), await contentOf(b), await contentOf(c)];
    assert.ok(one.size >= 6 * 3 + 12 + 5);
    assert.deepEqual([...one.keys()], [...two.keys()]);
    for (const [path, content] of one) assert.ok(content === two.get(path), `${path} differs`);
    const pictures = (files: Map<string, string>) =>
      [...files].filter(([path]) => path.endsWith(".jpg")).map(([, content]) => content);
    assert.equal(new Set([...pictures(one), ...pictures(three)]).size, 36);
  }));

Deno.test("writeDataset() makes the same clip whatever the number of clips", () =>
  withFolder(async (folder) => {
    await writeDataset(join(folder, "few"), { ...options, clips: 2 });
    await writeDataset(join(folder, "many"), { ...options, clips: 4 });
    const [few, many] = [await contentOf(join(folder, "few")), await contentOf(join(folder, "many"))];
    for (const [path, content] of few) {
      if (!/^(?:images|annotations)\//.test(path)) continue;
      assert.ok(content === many.get(path), path);
    }
  }));

Deno.test("writeDataset() continues a run that was killed, and its bytes are those of one that was not", () =>
  withFolder(async (folder) => {
    const [whole, cut] = [join(folder, "whole"), join(folder, "cut")];
    await writeDataset(whole, options);
    let done = 0;
    await assert.rejects(
      writeDataset(cut, {
        ...options,
        onProgress: (frames) => {
          done = frames;
          if (frames === 9) throw new Error("killed");
        },
      }),
      /killed/,
    );
    assert.equal(done, 9);
    await assert.rejects(Deno.stat(cut), Deno.errors.NotFound, "nothing appears before it is complete");
    const first = (await Array.fromAsync(Deno.readDir(join(folder, ".cut.partial/images/val"))))[0].name;
    const picture = join(folder, ".cut.partial/images/val", first, "000000.jpg");
    const before = (await Deno.stat(picture)).mtime;
    await writeDataset(cut, options);
    assert.equal(
      (await Deno.stat(join(cut, "images/val", first, "000000.jpg"))).mtime?.getTime(),
      before?.getTime(),
    );
    assert.deepEqual(await contentOf(cut), await contentOf(whole));
    assert.deepEqual((await Array.fromAsync(Deno.readDir(folder))).map(({ name }) => name).sort(), [
      "cut",
      "whole",
    ]);
  }));

Deno.test("writeDataset() does not go on with what other settings began", () =>
  withFolder(async (folder) => {
    const target = join(folder, "data");
    const stop = () => {
      throw new Error("killed");
    };
    await assert.rejects(writeDataset(target, { ...options, seed: 2, onProgress: stop }), /killed/);
    await writeDataset(target, options);
    assert.deepEqual((await Array.fromAsync(Deno.readDir(join(target, "images")))).map(({ name }) => name), [
      "val",
    ]);
  }));

Deno.test("writeDataset() leaves a finished folder alone, and never writes over anything else", () =>
  withFolder(async (folder) => {
    const target = join(folder, "data");
    await writeDataset(target, { ...options, clips: 1 });
    const before = await contentOf(target);
    assert.equal((await writeDataset(target, { ...options, clips: 1 })).wasThere, true);
    await assert.rejects(
      writeDataset(target, { ...options, clips: 2 }),
      /found clips of .*"clips":1.*expected a missing/,
    );
    assert.deepEqual(await contentOf(target), before);
    await Deno.mkdir(join(folder, "mine"));
    await Deno.writeTextFile(join(folder, "mine/letter.txt"), "keep me");
    await assert.rejects(
      writeDataset(join(folder, "mine"), options),
      /found letter\.txt, expected an empty or missing/,
    );
    assert.equal(await Deno.readTextFile(join(folder, "mine/letter.txt")), "keep me");
    await Deno.mkdir(join(folder, "empty"));
    assert.equal((await writeDataset(join(folder, "empty"), { ...options, clips: 1 })).wasThere, false);
  }));

Deno.test("writeDataset() refuses bad options, all at once, and writes nothing", () =>
  withFolder(async (folder) => {
    const bad = { clips: 0, seed: -1, degraded: 1.5, frames: 2.5, size: { width: 10, height: NaN } };
    await assert.rejects(writeDataset(join(folder, "data"), bad), (error: Error) => {
      assert.ok(error instanceof RangeError);
      for (
        const name of [
          "clips is 0",
          "seed is -1",
          "degraded is 1.5",
          "frames is 2.5",
          "width is 10",
          "height is NaN",
        ]
      ) {
        assert.ok(error.message.includes(name), error.message);
      }
      return true;
    });
    await assert.rejects(
      writeDataset(join(folder, "data"), { ...options, degraded: NaN }),
      /degraded is NaN/,
    );
    assert.deepEqual(await Array.fromAsync(Deno.readDir(folder)), []);
  }));
