/** `pose` with frames and boxes that cannot be used: one error, nothing written. */
import assert from "node:assert/strict";
import { entriesOf, type Workplace, workplace } from "./run_cli.ts";

interface Case {
  what: string;
  /** Makes the faulty input and names it: what is posed, and with which boxes. */
  spoil: (place: Workplace) => Promise<{ input?: string[]; boxes?: string }>;
  message: RegExp;
}

/** A file in the workplace. */
function write(place: Workplace, name: string, content: string | Uint8Array<ArrayBuffer>): Promise<void> {
  const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
  return Deno.writeFile(`${place.path}/${name}`, bytes);
}

const frameCases: readonly Case[] = [
  {
    what: "a path that does not exist",
    spoil: () => Promise.resolve({ input: ["nowhere"] }),
    message: /^error: Cannot read nowhere: it does not exist, expected images, a folder or a video file\n$/,
  },
  {
    what: "an empty folder",
    spoil: async (place) => {
      await Deno.mkdir(`${place.path}/empty`);
      return { input: ["empty"] };
    },
    message: /^error: Cannot read frames from folder empty: found nothing, expected images \(\.jpg, .+\)\n$/,
  },
  {
    what: "a folder without images",
    spoil: async (place) => {
      await Deno.mkdir(`${place.path}/texts`);
      await write(place, "texts/a.txt", "no image");
      await write(place, "texts/.hidden.png", "no image");
      return { input: ["texts"] };
    },
    message: /^error: Cannot read frames from folder texts: found 2 other entries, expected images/,
  },
  {
    what: "an image of 0 bytes",
    spoil: async (place) => {
      await write(place, "zero.jpg", "");
      return { input: ["zero.jpg"] };
    },
    message: /^error: Cannot read zero\.jpg: it is empty \(0 bytes\), expected an image or a video\n$/,
  },
  {
    what: "a folder with an image of 0 bytes",
    spoil: async (place) => {
      await write(place, "clip/1.png", "");
      return {};
    },
    message: /^error: Cannot read frames: clip\/1\.png is empty \(0 bytes\), expected images/,
  },
  {
    what: "a truncated image",
    spoil: async (place) => {
      const bytes = await Deno.readFile(`${place.path}/clip/0.png`);
      await write(place, "half.png", bytes.subarray(0, bytes.length / 2));
      return { input: ["half.png"] };
    },
    message: /^error: Cannot decode image half\.png: .+ \(truncated\)\n$/,
  },
  {
    what: "a text that is called .jpg",
    spoil: async (place) => {
      await write(place, "text.jpg", "this is no picture");
      return { input: ["text.jpg"] };
    },
    message: /^error: Cannot decode image text\.jpg: it is neither JPEG, PNG, WebP nor BMP\n$/,
  },
  {
    what: "several inputs of which one is a folder and one is missing",
    spoil: () => Promise.resolve({ input: ["clip/0.png", "clip", "clip/9.png"] }),
    message:
      /^error: Cannot read clip\/9\.png: it does not exist|^error: Cannot read frames: clip is a folder/,
  },
];

/** A boxes file with one entry for the clip's second frame. */
function boxesCase(what: string, entry: string, message: RegExp): Case {
  return {
    what,
    spoil: async (place) => {
      await write(place, "boxes.json", `[{"file_name": "1.png", "score": 1, ${entry}}]`);
      return { boxes: "boxes.json" };
    },
    message,
  };
}

/** A boxes file of the given content. */
function fileCase(what: string, content: string, message: RegExp): Case {
  return {
    what,
    spoil: async (place) => {
      await write(place, "boxes.json", content);
      return { boxes: "boxes.json" };
    },
    message,
  };
}

const wanted = "expected COCO detections, PoseTrack 2018 annotations or a poses\\.json\n$";

const boxCases: readonly Case[] = [
  {
    what: "a boxes file that does not exist",
    spoil: () => Promise.resolve({ boxes: "none.json" }),
    message:
      /^error: Cannot read boxes from none\.json: it does not exist, expected a JSON file or the word full\n$/,
  },
  fileCase("truncated JSON", '[{"file_name": "1.png", "bbox": [1,', new RegExp(`it is not JSON, ${wanted}`)),
  fileCase("NaN, which is not JSON", '[{"file_name": "1.png", "bbox": [NaN, 1, 2, 3]}]', /it is not JSON/),
  fileCase("an empty file", "", /it is not JSON/),
  fileCase(
    "another kind of object",
    '{"a": 1}',
    new RegExp(`it is an object with a without images.*, ${wanted}`),
  ),
  fileCase("a number", "3", new RegExp(`it is 3 without images and annotations, ${wanted}`)),
  fileCase(
    "PoseTrack 2017",
    '{"annolist": []}',
    new RegExp(`it has an annolist \\(PoseTrack 2017\\), ${wanted}`),
  ),
  boxesCase("a box of null", '"bbox": null', /entry 0: bbox: found null, expected \[x, y, width, height\]/),
  boxesCase(
    "a box of words",
    '"bbox": ["1", 2, 3, 4]',
    /entry 0: bbox: found .+, expected four finite numbers/,
  ),
  boxesCase(
    "a box beyond all numbers",
    '"bbox": [1e999, 2, 3, 4]',
    /found \[Infinity, 2, 3, 4\], expected four finite/,
  ),
  boxesCase(
    "a negative width",
    '"bbox": [1, 2, -3, 4]',
    /entry 0: bbox: found width -3 and height 4, expected both/,
  ),
  boxesCase("no height", '"bbox": [1, 2, 3, 0]', /found width 3 and height 0, expected both to be positive/),
  boxesCase(
    "a box outside its frame",
    '"bbox": [96, 0, 10, 10]',
    /^error: Cannot use entry 0 of boxes\.json in frame 1\.png: found \[96, 0, 10, 10\], wholly outside the frame, expected some of it within 96×80\n$/,
  ),
  fileCase(
    "boxes of other frames",
    '[{"file_name": "elsewhere.png", "bbox": [1, 2, 3, 4], "score": 1}]',
    /^error: Cannot match boxes\.json to the frames of clip: none of its 1 images \(elsewhere\.png, …\) is among the frames/,
  ),
  fileCase(
    "many faults, of which ten are told",
    JSON.stringify(Array.from({ length: 12 }, () => ({ file_name: "1.png", bbox: [1, 2, -3, 4] }))),
    /faults in 12 places(\n {2}entry \d: bbox: .+){10}\n {2}and 2 more\n$/,
  ),
];

for (const { what, spoil, message } of [...frameCases, ...boxCases]) {
  Deno.test(`pose refuses ${what}`, async () => {
    await using place = await workplace({ frames: 3 });
    const { input = ["clip"], boxes } = await spoil(place);
    const before = await entriesOf(place.path);
    const args = ["--weights", "small.onnx", "--out", "out", "--quiet", "--device", "cpu", "--text", "a man"];
    const { status, stdout, stderr } = await place.run(
      "pose",
      ...input,
      ...args,
      ...boxes ? ["--boxes", boxes] : [],
    );
    assert.equal(status, 1);
    assert.equal(stdout, "");
    assert.match(stderr, message);
    assert.match(stderr, /^error: Cannot /);
    assert.doesNotMatch(stderr, /^ {4}at /m, "no stack trace");
    assert.deepEqual(await entriesOf(place.path), before);
  });
}
