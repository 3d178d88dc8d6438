import assert from "node:assert/strict";
import { checkAnswer } from "../../descriptions/answer.ts";

const good: Record<string, [given: string, kept: string]> = {
  "plain words": ["A man in red kicks a ball.", "A man in red kicks a ball."],
  "lines": ["A man in red\n\n kicks\ta ball.\r\n", "A man in red kicks a ball."],
  "thoughts in front": ["<think>\nHm.\n</think>\n\nA man runs.", "A man runs."],
  "thoughts whose beginning the template swallowed": ["Hm.</think>A man runs.", "A man runs."],
  "tokens of a template": ["<s>A man runs.</s><|im_end|>", "A man runs."],
  "quotation marks": ['"A man runs."', "A man runs."],
  "a quotation of its own": ['A sign says "stop".', 'A sign says "stop".'],
  "quotations at both ends": ['"Stop" says one sign, another "go"', '"Stop" says one sign, another "go"'],
  "emphasis": ["**A man** runs.", "A man runs."],
  "another script": ["一名男子向左跑去。", "一名男子向左跑去。"],
  "a comparison": [
    "His left arm is < 90° bent, the right > 90°.",
    "His left arm is < 90° bent, the right > 90°.",
  ],
  "a person who cannot": [
    "A man who cannot stand is sorry and sits.",
    "A man who cannot stand is sorry and sits.",
  ],
  "a beginning in the first person": ["I can see a man who runs.", "I can see a man who runs."],
};
for (const [what, [given, kept]] of Object.entries(good)) {
  Deno.test(`checkAnswer() keeps ${what}`, () => assert.equal(checkAnswer(given), kept));
}

const bad: Record<string, [given: string, message: RegExp]> = {
  "nothing": ["", /is empty/],
  "white space": [" \n\t\u0000", /is empty/],
  "no words": ["... !!! 12345", /has no words/],
  "one unending word": ["a".repeat(20_001), /20001 characters/],
  "a megabyte": ["A man runs. ".repeat(90_000), /characters/],
  "a page": ["<!DOCTYPE html><html><body>Bad gateway</body></html>", /is HTML/],
  "a piece of a page": ["<div class='x'>A man runs.</div>", /is HTML/],
  "JSON": ['{"description": "A man runs."}', /is JSON/],
  "JSON in a fence": ['```json\n["A man runs."]\n```', /is JSON/],
  "a loop": [`A man runs ${"and the man runs ".repeat(15)}.`, /repeats itself/],
  "unfinished thoughts": ["<think>The user wants", /thoughts/],
};
for (const [what, [given, message]] of Object.entries(bad)) {
  Deno.test(`checkAnswer() refuses ${what}`, () => {
    assert.throws(() => checkAnswer(given), { name: "DescriptionError", message });
  });
}

for (
  const refusal of [
    "I'm sorry, but I can't help with that.",
    "I’m sorry, but I can’t identify people in images.",
    "Sorry, I cannot describe this.",
    "I am unable to process videos.",
    "I can't see any images in our conversation.",
    "I don't see any frames attached.",
    "Unfortunately, no images came through.",
    "As an AI language model, I cannot view videos.",
    "No images were provided, so I cannot describe them.",
    "It looks like the images didn't attach.",
    "It seems that no video was attached to your message.",
    "Please provide the video frames.",
    "Could you please upload the clip?",
    "I apologize, but this is not something I can do.",
  ]
) {
  Deno.test(`checkAnswer() sees a refusal in ${JSON.stringify(refusal)}`, () => {
    assert.throws(() => checkAnswer(refusal), { name: "DescriptionError", message: /^the model refuses/ });
  });
}
