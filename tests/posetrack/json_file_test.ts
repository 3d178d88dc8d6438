import assert from "node:assert/strict";
import { parseJson, readJsonFile } from "../../posetrack/json_file.ts";

Deno.test("parseJson() keeps values and quotes what JSON does not have", () => {
  assert.deepEqual(parseJson('{"a": [1, 2.5e-3], "b": "NaN, \\"x\\""}', "f"), {
    a: [1, 0.0025],
    b: 'NaN, "x"',
  });
  assert.deepEqual(parseJson('{"a": [NaN, -Infinity, Infinity], "b": "is NaN"}', "f"), {
    a: ["NaN", "-Infinity", "Infinity"],
    b: "is NaN",
  });
  assert.deepEqual(parseJson("\uFEFF[1]", "f"), [1]);
});

const text =
  '{"images": [{"id": 1}],\n "annotations": [{"id": 1, "keypoints": [1, 2, 3]}, {"id": 2, "keypoints": [4, 5';

Deno.test("parseJson() says where a truncated text ends", () => {
  assert.throws(() => parseJson(text, "gt/a.json"), {
    name: "SyntaxError",
    message:
      "Cannot parse gt/a.json: the text ends at line 2, column 81, in annotations[1].keypoints[1], expected a " +
      "complete JSON document",
  });
});

Deno.test("parseJson() names the element for a cut at any place", () => {
  for (let length = 1; length < text.length; length++) {
    assert.throws(() => parseJson(text.slice(0, length), "f"), {
      name: "SyntaxError",
      message: /^Cannot parse f: the text ends at line \d+, column \d+, in \S/,
    }, `cut at ${length}`);
  }
});

Deno.test("parseJson() names the place of a cut beside a NaN", () => {
  assert.throws(() => parseJson('{"scores": [NaN, 0.5, ', "f"), {
    message:
      "Cannot parse f: the text ends at line 1, column 23, in scores[2], expected a complete JSON document",
  });
});

Deno.test("parseJson() names an unexpected character", () => {
  assert.throws(() => parseJson('{"a": [1, ;2]}', "f"), {
    message: 'Cannot parse f: unexpected ";" at line 1, column 11, in a[1], expected JSON',
  });
  assert.throws(() => parseJson('{"a": 1}}', "f"), {
    message: 'Cannot parse f: unexpected "}" at line 1, column 9, in the document, expected JSON',
  });
  assert.throws(() => parseJson("  \n", "f"), {
    message: "Cannot parse f: the file is empty, expected JSON",
  });
});

Deno.test("readJsonFile() names a file that is not there", async () => {
  await assert.rejects(readJsonFile("/nowhere/a.json"), { message: /^Cannot read \/nowhere\/a.json: / });
});
