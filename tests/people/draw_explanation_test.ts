import assert from "node:assert/strict";
import { GlobalFonts } from "@napi-rs/canvas";
import { explainAttention } from "../../people/attention_explanation.ts";
import { cropPicture } from "../../people/crop_picture.ts";
import { drawExplanation, type DrawExplanationInput } from "../../people/draw_explanation.ts";
import { moveColors } from "../../people/draw_joint_moves.ts";
import { drawingFont } from "../../people/drawing_font.ts";
import { explanationDocument } from "../../people/explanation_document.ts";
import type { Frame } from "../../people/frame.ts";
import { ember, glow } from "../../people/heat_colors.ts";
import { heatAt, heatPicture } from "../../people/heat_picture.ts";
import { ImageDecoder } from "../../people/image_decoder.ts";
import { hatchOutside, visiblePatches } from "../../people/outside_hatch.ts";
import { jointMoves } from "../../people/joint_moves.ts";
import { keypointSets } from "../../people/keypoint_sets.ts";
import { explainTransport } from "../../people/transport_explanation.ts";

function plainFrame(width: number, height: number, grey: number): Frame {
  const data = new Uint8ClampedArray(4 * width * height).fill(grey);
  return { width, height, data };
}

const luminance = ([red, green, blue]: Iterable<number>) => 0.3 * red + 0.59 * green + 0.11 * blue;

Deno.test("drawingFont() brings a font of its own", () => {
  assert.ok(drawingFont().startsWith('"LAPose Inter"'));
  assert.ok(GlobalFonts.has("LAPose Inter"));
  assert.equal(drawingFont(), drawingFont());
});

Deno.test("glow() and ember() change at every step, lighter for more and darker for more", () => {
  const steps = Array.from({ length: 21 }, (_, i) => i / 20);
  for (const [a, b] of steps.slice(1).map((b, i) => [steps[i], b])) {
    assert.ok(luminance(glow(b)) > luminance(glow(a)), `glow ${b}`);
    assert.ok(luminance(ember(b)) < luminance(ember(a)), `ember ${b}`);
  }
  for (const [outside, end] of [[-1, 0], [2, 1]]) assert.deepEqual(glow(outside), glow(end));
  assert.ok(luminance(ember(1)) > 150, "dark words stay readable");
});

Deno.test("heatAt() has each patch's value at its centre, and changes evenly between", () => {
  const heat = { values: [0, 1, 0.5, 0.25, 0, 1], rows: 2, columns: 3 };
  const at = (x: number, y: number) => heatAt(heat, { x, y, width: 30, height: 20 });
  const centres = [[4.5, 4.5], [14.5, 4.5], [24.5, 4.5], [4.5, 14.5], [14.5, 14.5], [24.5, 14.5]];
  assert.deepEqual(centres.map(([x, y]) => at(x, y)), heat.values);
  assert.equal(at(9.5, 4.5), 0.5);
  assert.equal(at(9.5, 9.5), (0 + 1 + 0.25 + 0) / 4);
  assert.equal(at(0, 0), 0);
  assert.equal(at(29, 19), 1);
});

Deno.test("heatPicture() glows where it is hot and darkens where it is cold, alpha aside", () => {
  const picture = plainFrame(40, 20, 120);
  const { data, width, height } = heatPicture(picture, { values: [0, 1], rows: 1, columns: 2 });
  assert.deepEqual([width, height], [40, 20]);
  const [cold, hot] = [data.subarray(0, 4), data.subarray(4 * 39, 4 * 40)];
  assert.ok(luminance(cold) < 100 && luminance(hot) > 160, `${cold}, ${hot}`);
  assert.equal(cold[3], 255);
  assert.equal(picture.data[0], 120);
});

const set = keypointSets.posetrack15;
const frame = plainFrame(300, 400, 128);
/** One patch, in row 3 and column 9 of 16 × 12, takes all of "hand". */
const hot = 3 * 12 + 9;
const tokens = ["[CLS]", "his", "hand", "##s", "rise", ".", "[SEP]"];
const plan = Float32Array.from({ length: 192 * 8 }, (_, i) => {
  const [patch, token] = [Math.floor(i / 8), i % 8];
  if (token === 2 || token === 3) return patch === hot ? 0.2 : 0;
  return token === 1 || token === 4 || token === 5 ? 0.2 / 192 : 0;
});

function input(change: Partial<DrawExplanationInput> = {}): DrawExplanationInput {
  return {
    crop: cropPicture(frame, [30, 40, 240, 320], { width: 288, height: 384 }),
    explanation: explainTransport({ plan, rows: 16, columns: 12, tokens }),
    title: "person 3 · 000012.jpg",
    ...change,
  };
}

/** Joints on a grid; with the description the left wrist is 60 pixels further to the right. */
function moves() {
  const visual = set.keypoints.map((_, k) => ({
    x: 60 + 40 * (k % 5),
    y: 90 + 60 * Math.floor(k / 5),
    score: 0.9,
  }));
  const wrist = set.keypoints.indexOf("left_wrist");
  const language = visual.map((joint, k) => k === wrist ? { ...joint, x: joint.x + 60 } : joint);
  return jointMoves(set, visual, language);
}

async function drawn(change: Partial<DrawExplanationInput> = {}): Promise<Frame> {
  return await new ImageDecoder().decode(await drawExplanation(input(change)), "explanation.png");
}

/** Where the pixels of a colour are: how many, and their mean place. */
function find({ data, width }: Frame, wanted: readonly number[], box: { left: number; right: number }) {
  let [count, x, y] = [0, 0, 0];
  for (let i = 0; i < data.length / 4; i++) {
    const column = i % width;
    if (column < box.left || column >= box.right) continue;
    if (wanted.every((value, c) => Math.abs(data[4 * i + c] - value) <= 3)) {
      count++;
      x += column;
      y += Math.floor(i / width);
    }
  }
  return { count, x: x / count, y: y / count };
}

/** Hexadecimal colour as numbers. */
const rgb = (hex: string) => [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));

/** On the page the crop is 480 wide, at 60; the file has 1.2 pixels for one of the page. */
const panel = { left: 1.2 * 60, right: 1.2 * 540 };

/** The k-th tile of the rows: 180 wide and 16 apart, from 584 on; it is found by the plain grey crop beside it. */
const tile = (k: number) => ({ left: 1.2 * (584 + 196 * k), right: 1.2 * (584 + 196 * k + 180) });
const tileHeight = 240 * 1.2;
const rowDistance = (40 + 240 + 58 + 30) * 1.2;

/** Where a tile is brightest, as a share of its width and height. */
function brightest(picture: Frame, { left, right }: { left: number; right: number }, row: number) {
  // the crop fills its panel, which begins where the tiles of the first row do
  const top = find(picture, [128, 128, 128], panel).y - 640 * 1.2 / 2 + row * rowDistance;
  let best = { light: 0, x: 0, y: 0 };
  const corner = 12; // they are round, and show the page
  for (let y = Math.ceil(top) + corner; y < top + tileHeight - corner; y++) {
    for (let x = Math.ceil(left) + corner; x < right - corner; x++) {
      const light = luminance(picture.data.subarray(4 * (y * picture.width + x)));
      if (light > best.light) best = { light, x, y };
    }
  }
  return { x: (best.x - left) / (right - left), y: (best.y - top) / tileHeight };
}

function assertAtPatch(actual: { x: number; y: number }, { row, column }: { row: number; column: number }) {
  const expected = { x: (column + 0.5) / 12, y: (row + 0.5) / 16 };
  assert.ok(
    Math.abs(actual.x - expected.x) <= 0.015 && Math.abs(actual.y - expected.y) <= 0.015,
    JSON.stringify({ actual, expected }),
  );
}

/** Patch in row 12 and column 2 looks at "hands" alone, all others at all tokens alike. */
const attention = explainAttention({
  attention: Float32Array.from({ length: 192 * 8 }, (_, i) => {
    const [patch, token] = [Math.floor(i / 8), i % 8];
    if (patch === 12 * 12 + 2) return token === 2 || token === 3 ? 0.5 : 0;
    return token < 7 ? 1 / 7 : 0;
  }),
  rows: 16,
  columns: 12,
  tokens,
});

Deno.test("drawExplanation() glows brightest at the patches of plan and cross-attention", async () => {
  const picture = await drawn({ attention });
  const [matched, looked] = [{ row: 3, column: 9 }, { row: 12, column: 2 }];
  for (const column of [0, 1]) { // all words together, and "hands"
    assertAtPatch(brightest(picture, tile(column), 0), matched);
    assertAtPatch(brightest(picture, tile(column), 1), looked);
  }
});

Deno.test("drawExplanation() without cross-attention leaves its row out", async () => {
  const picture = await drawn();
  assertAtPatch(brightest(picture, tile(1), 0), { row: 3, column: 9 });
  const top = find(picture, [128, 128, 128], panel).y - 640 * 1.2 / 2 + rowDistance;
  const paper = rgb("#fbf8f1");
  for (const y of [top + 9, top + tileHeight / 2]) {
    const at = 4 * (Math.round(y) * picture.width + Math.round(tile(1).left + 90));
    assert.deepEqual([...picture.data.subarray(at, at + 3)], paper);
  }
});

Deno.test("drawExplanation() hatches what lies beyond the frame, and keeps its heat faint", async () => {
  const crop = cropPicture(frame, [-30, 40, 240, 320], { width: 288, height: 384 });
  assert.ok(crop.visible.left > 0.15 && crop.visible.right === 1, JSON.stringify(crop.visible));
  // all of the mass of "hands" is in column 0, which lies beyond the frame
  const outside = Float32Array.from({ length: 192 * 8 }, (_, i) => {
    const [patch, token] = [Math.floor(i / 8), i % 8];
    if (token === 2 || token === 3) return patch === 3 * 12 ? 0.2 : 0;
    return token === 1 || token === 4 || token === 5 ? 0.2 / 192 : 0;
  });
  const explanation = explainTransport({ plan: outside, rows: 16, columns: 12, tokens });
  const picture = await drawn({ crop, explanation });
  const top = find(picture, [128, 128, 128], panel).y - 640 * 1.2 / 2;
  const { left, right } = panel;
  let paper = 0;
  for (let y = Math.ceil(top) + 30; y < top + 640 * 1.2 - 30; y++) {
    const x = Math.round(left + (right - left) * crop.visible.left / 2);
    if (luminance(picture.data.subarray(4 * (y * picture.width + x))) > 190) paper++;
  }
  assert.ok(paper >= 700, `${paper} light pixels down the middle of what is beyond the frame`);
  const hands = tile(1);
  for (let x = Math.ceil(hands.left) + 12; x < hands.left + (hands.right - hands.left) / 12 - 2; x++) {
    const y = Math.round(top + tileHeight * 3.5 / 16);
    const [red, green, blue] = picture.data.subarray(4 * (y * picture.width + x));
    assert.ok(luminance([red, green, blue]) > 150, "light as the page");
    assert.ok(red - blue > 25 && red - blue < 55, `faint at its peak: ${red}, ${green}, ${blue}`);
  }
});

Deno.test("hatchOutside() leaves the frame alone; visiblePatches() are those in it", () => {
  const visible = { left: 0.25, top: 0, right: 1, bottom: 0.5 };
  const picture = plainFrame(40, 40, 77);
  const { data } = hatchOutside(picture, visible);
  for (let i = 0; i < 1600; i++) {
    const isInside = i % 40 >= 10 && Math.floor(i / 40) < 20;
    assert.equal(data[4 * i] === 77, isInside, `pixel ${i}`);
  }
  assert.ok(picture.data.every((value) => value === 77));
  assert.deepEqual(visiblePatches(visible, { rows: 2, columns: 4 }), [1, 2, 3]);
  const none = { left: 0.4, top: 0.4, right: 0.41, bottom: 0.41 };
  assert.deepEqual(visiblePatches(none, { rows: 1, columns: 2 }), [0, 1]);
});

Deno.test("drawExplanation() draws moved joints from ring to dot, at their places in the crop", async () => {
  const joints = { set, moves: moves() };
  const still = {
    set,
    moves: jointMoves(
      set,
      joints.moves.map(({ visual }) => visual),
      joints.moves.map(({ visual }) => visual),
    ),
  };
  const [moved, unmoved] = [await drawn({ joints }), await drawn({ joints: still })];
  const orange = rgb(moveColors.language);
  const { place } = input().crop;
  const wrist = joints.moves[set.keypoints.indexOf("left_wrist")];
  const zoom = 480 / 288 * 1.2;
  const panelTop = find(await drawn(), [128, 128, 128], panel).y - 640 * 1.2 / 2;
  const onPage = (point: { x: number; y: number }) => ({
    x: 1.2 * 60 + (place(point).x + 0.5) * zoom,
    y: panelTop + (place(point).y + 0.5) * zoom,
  });
  /** Whether a colour stands at a place, give or take a pixel. */
  const has = ({ data, width }: Frame, { x, y }: { x: number; y: number }, wanted: number[]) =>
    [-1, 0, 1].some((dx) =>
      [-1, 0, 1].some((dy) => {
        const from = 4 * ((Math.round(y) + dy) * width + Math.round(x) + dx);
        return wanted.every((value, c) => Math.abs(value - data[from + c]) <= 12);
      })
    );
  assert.ok(has(moved, onPage(wrist.language), orange), "the dot");
  const middle = { x: (wrist.visual.x + wrist.language.x) / 2, y: wrist.visual.y };
  assert.ok(has(moved, onPage(middle), orange), "the arrow");
  assert.ok(!has(unmoved, onPage(wrist.language), orange), "no dot where none is");
  assert.ok(has(unmoved, onPage(wrist.visual), orange), "the dot that stayed");
  const blue = rgb(moveColors.visual);
  assert.ok(find(moved, blue, panel).count > 200);
});

Deno.test("drawExplanation() leaves joints out that neither path is sure of", async () => {
  const unsure = moves().map((move) => ({
    ...move,
    visual: { ...move.visual, score: 0.1 },
    language: { ...move.language, score: 0.19 },
  }));
  const orange = rgb(moveColors.language);
  const none = await drawn({ joints: { set, moves: unsure } });
  const all = await drawn({ joints: { set, moves: moves() } });
  const legend = 200;
  assert.ok(find(none, orange, panel).count < legend);
  assert.ok(find(all, orange, panel).count > 5 * legend);
  const asked = await drawn({ joints: { set, moves: unsure, threshold: 0.15 } });
  assert.ok(find(asked, orange, panel).count > 5 * legend);
});

Deno.test("drawExplanation() colours the word that found its place most strongly", async () => {
  const picture = await drawn();
  const strong = find(picture, ember(1).map(Math.round), { left: 0, right: picture.width / 2 });
  // "hands" is the second word; the chip of the scale below ends in the same colour
  assert.ok(strong.count > 1000, String(strong.count));
  assert.ok(strong.x > 1.2 * 90 && strong.x < 1.2 * 260, String(strong.x));
});

Deno.test("drawExplanation() takes long texts, odd crops and a plan without any match", async () => {
  const long = Array.from({ length: 126 }, (_, i) => i % 9 === 8 ? "," : `word${i}`);
  const even = explainTransport({
    plan: new Float32Array(4 * 126).fill(1 / 504),
    rows: 2,
    columns: 2,
    tokens: long,
  });
  const tall = await drawn({ explanation: even, isTruncated: true, cost: 0.25 });
  const short = await drawn();
  assert.equal(tall.width, short.width);
  assert.ok(tall.height > short.height);
  const wide = cropPicture(frame, [0, 0, 300, 400], { width: 40, height: 20 });
  assert.ok((await drawn({ crop: wide })).height < short.height);
});

Deno.test("jointMoves() measures every joint and refuses other sets", () => {
  const list = moves();
  assert.deepEqual(list.map(({ name }) => name), set.keypoints);
  assert.deepEqual(
    list.filter(({ distance }) => distance !== 0).map(({ name, distance }) => [name, distance]),
    [["left_wrist", 60]],
  );
  assert.throws(() => jointMoves(set, list.slice(1).map(({ visual }) => visual), []), { name: "TypeError" });
});

Deno.test("explanationDocument() writes the numbers of the picture down", () => {
  const document = JSON.parse(
    JSON.stringify(explanationDocument(input({ joints: { set, moves: moves() }, cost: 0.5, attention }))),
  );
  const map: number[][] = document.cross_attention.map;
  assert.deepEqual(map.map(({ length }) => length), new Array(192).fill(tokens.length));
  for (const row of map) assert.ok(Math.abs(row.reduce((a, b) => a + b, 0) - 1) <= 1e-6);
  assert.deepEqual(map[12 * 12 + 2], [0, 0, 0.5, 0.5, 0, 0, 0]);
  const { words: looked, patch_mass, mass: onWords } = document.cross_attention;
  assert.deepEqual([looked[1].text, looked[1].peak.row, looked[1].peak.column], ["hands", 12, 2]);
  assert.ok(Math.abs(onWords - (191 * 5 / 7 + 1) / 192) <= 1e-6, String(onWords));
  assert.equal(patch_mass.length, 192);
  assert.deepEqual(document.patches, { rows: 16, columns: 12 });
  assert.deepEqual(document.tokens, tokens);
  assert.equal(document.cost, 0.5);
  assert.equal(document.plan.length, 192);
  const flat: number[] = document.plan.flat();
  assert.equal(flat.length, 192 * tokens.length);
  const sum = (values: number[]) => values.reduce((a, b) => a + b, 0);
  assert.ok(Math.abs(sum(flat) - 1) <= 1e-6);
  assert.ok(Math.abs(sum(document.patch_mass) - document.mass) <= 1e-12);
  assert.ok(Math.abs(sum(document.patch_matched) - document.matched) <= 1e-12);
  assert.deepEqual(
    document.words.map(({ text, tokens }: { text: string; tokens: number[] }) => [text, tokens]),
    [
      ["his", [1]],
      ["hands", [2, 3]],
      ["rise", [4]],
      [".", [5]],
    ],
  );
  const [{ row, column }] = document.words.slice(1, 2).map(({ peak }: { peak: object }) => peak);
  assert.deepEqual([row, column], [3, 9]);
  const wrist = document.joints[set.keypoints.indexOf("left_wrist")];
  assert.deepEqual(wrist, {
    name: "left_wrist",
    visual_only: [wrist.visual_only[0], wrist.visual_only[1], 0.9],
    with_description: [wrist.visual_only[0] + 60, wrist.visual_only[1], 0.9],
    distance: 60,
  });
  // the box of 240 × 320 grows by a quarter about its centre, 150, 200
  const near = (actual: number[], expected: number[]) =>
    actual.forEach((value, i) => assert.ok(Math.abs(value - expected[i]) <= 1e-3));
  near(document.crop.first_pixel, [0, 0]);
  near(document.crop.last_pixel, [300, 400]);
});
