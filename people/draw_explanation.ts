import { type Canvas, createCanvas, type SKRSContext2D } from "@napi-rs/canvas";
import type { CropPicture } from "./crop_picture.ts";
import type { Extent } from "./crop_geometry.ts";
import { drawJointMoves, isSeen, moveColors } from "./draw_joint_moves.ts";
import { drawSentence } from "./draw_sentence.ts";
import { type ShownWord, shownWords } from "./explained_words.ts";
import { checkFrame, type Frame } from "./frame.ts";
import { css, ember, glow } from "./heat_colors.ts";
import { heatPicture } from "./heat_picture.ts";
import type { JointMove } from "./joint_moves.ts";
import type { KeypointSet } from "./keypoint_sets.ts";
import type { Keypoint } from "./pose.ts";
import { drawPicture, drawScale, pictureCanvas, resizedPicture, write } from "./page_drawing.ts";
import type { TransportExplanation } from "./transport_explanation.ts";

/** What an explanation picture shows. */
export interface DrawExplanationInput {
  /** The person's crop, of the model's aspect; 576 × 768 pixels make a sharp picture. */
  crop: CropPicture;
  /** What the transport plan says. */
  explanation: TransportExplanation;
  /** What the description changed; without it the crop is shown beside the heat. */
  joints?: {
    /** Names and limbs of the joints. */
    set: KeypointSet;
    /** One move per joint, in pixels of the frame. */
    moves: readonly JointMove[];
  };
  /** Whom the picture is about, for example "person 3 · 000012.jpg". */
  title: string;
  /** Transport cost ⟨P*, C⟩ (Eq. 11). */
  cost?: number;
  /** Whether the description was longer than what the model reads. */
  isTruncated?: boolean;
}

const paper = "#fbf8f1";
const ink = "#17191c";
const muted = "#6d7178";

/** Sizes of the page in pixels, before it is enlarged. */
const page = { width: 1840, margin: 60, gap: 32, panel: 420, tileColumns: 4, tileGap: 18, caption: 62 };

/** Pixels of the file per pixel of the page. */
const density = 1.2;

/** How the crop's height stands to its width, where heat is drawn. */
interface Layout {
  panel: Extent;
  tile: Extent;
  sentence: number;
  top: number;
  height: number;
}

/**
 * Draws what language did for one person: the description with each word as strongly coloured as it found its place;
 * the crop with all words' heat; what the description moved, joint by joint; and a picture for each of the words that
 * found their place best.
 *
 * @param input Crop, plan, joints and names.
 * @returns The content of a PNG file.
 * @throws {RangeError} If the crop is no frame.
 */
export async function drawExplanation(input: DrawExplanationInput): Promise<Uint8Array> {
  checkFrame(input.crop.picture, "the crop to explain");
  const words = shownWords(input.explanation, 2 * page.tileColumns);
  const strongest = Math.max(
    0.05,
    ...input.explanation.words.map(({ matched, mass }) => mass > 0 ? matched / mass : 0),
  );
  const layout = layOut(input, strongest);
  const canvas = createCanvas(Math.round(page.width * density), Math.round(layout.height * density));
  const context = canvas.getContext("2d");
  context.scale(density, density);
  context.imageSmoothingEnabled = true;
  context.imageSmoothingQuality = "high";
  context.fillStyle = paper;
  context.fillRect(0, 0, page.width, layout.height);
  drawHead(context, input, { strongest, layout });
  drawHeatPanel(context, input, layout);
  drawMovesPanel(context, input, layout);
  drawTiles(context, input, { words, layout });
  return await canvas.encode("png");
}

function layOut(input: DrawExplanationInput, strongest: number): Layout {
  const aspect = input.crop.picture.height / input.crop.picture.width;
  const { margin, gap, panel, tileColumns, tileGap, caption } = page;
  const inner = page.width - 2 * margin;
  const tileWidth = (inner - 2 * (panel + gap) - (tileColumns - 1) * tileGap) / tileColumns;
  const context = createCanvas(1, 1).getContext("2d");
  const sentence = drawSentence(context, input.explanation.words, {
    ...sentencePlace(strongest),
    isTruncated: input.isTruncated ?? false,
    isTrial: true,
  });
  const top = 150 + sentence + 92;
  const tileHeight = tileWidth * aspect;
  const panelHeight = panel * aspect;
  const body = 40 + Math.max(panelHeight + 62, 2 * (tileHeight + caption) + 34);
  return {
    panel: { width: panel, height: panelHeight },
    tile: { width: tileWidth, height: tileHeight },
    sentence,
    top,
    height: top + body + 48,
  };
}

function sentencePlace(strongest: number) {
  return { x: page.margin, y: 150, width: page.width - 2 * page.margin, size: 25, strongest };
}

function drawHead(
  context: SKRSContext2D,
  input: DrawExplanationInput,
  { strongest, layout }: { strongest: number; layout: Layout },
): void {
  const { margin, width } = page;
  write(context, "What the words saw", { x: margin, y: 82, size: 40, weight: 680, color: ink });
  write(context, input.title, { x: margin, y: 118, size: 19, weight: 450, color: muted });
  const { rows, columns, words, matched, mass } = input.explanation;
  const facts = [
    `${rows} × ${columns} patches`,
    `${words.filter(({ isMark }) => !isMark).length} words`,
    `${percent(matched / mass)} of the mass matched`,
    ...(input.cost === undefined ? [] : [`transport cost ${input.cost.toFixed(3)}`]),
  ].join("   ·   ");
  write(context, facts, { x: width - margin, y: 118, size: 19, weight: 450, color: muted, align: "right" });
  drawSentence(context, words, { ...sentencePlace(strongest), isTruncated: input.isTruncated ?? false });
  const y = 150 + layout.sentence + 22;
  const bar = { x: margin, y, width: 180, height: 12 };
  drawScale(context, bar, (value) => css(ember(value)));
  write(
    context,
    `0 to ${percent(strongest)} of a word's mass matched to particular patches rather than spread evenly`,
    {
      x: margin + bar.width + 16,
      y: y + 11,
      size: 16,
      weight: 450,
      color: muted,
    },
  );
}

function drawHeatPanel(context: SKRSContext2D, input: DrawExplanationInput, layout: Layout): void {
  const { explanation, crop } = input;
  const { rows, columns, patchMatched } = explanation;
  const [least, most] = [Math.min(...patchMatched), Math.max(...patchMatched)];
  const values = Array.from(patchMatched, (value) => most > least ? (value - least) / (most - least) : 0);
  const place = { x: page.margin, y: layout.top + 40, ...layout.panel };
  heading(context, "Where they landed", { x: place.x, y: layout.top });
  drawPicture(context, heated(crop.picture, { values, rows, columns }, place), place);
  const y = place.y + place.height + 22;
  drawScale(context, { x: place.x, y, width: 140, height: 10 }, (value) => css(glow(value)));
  write(context, "least to most matched mass", {
    x: place.x + 154,
    y: y + 10,
    size: 15,
    weight: 450,
    color: muted,
  });
}

function drawMovesPanel(context: SKRSContext2D, input: DrawExplanationInput, layout: Layout): void {
  const { crop, joints } = input;
  const place = { x: page.margin + layout.panel.width + page.gap, y: layout.top + 40, ...layout.panel };
  heading(context, joints ? "What they moved" : "The crop", { x: place.x, y: layout.top });
  drawPicture(context, shaded(crop.picture, joints ? 0.72 : 1, place), place);
  if (!joints) return;
  const zoom = place.width / crop.picture.width;
  const onPage = (joint: Keypoint): Keypoint => {
    const { x, y } = crop.place(joint);
    return { ...joint, x: place.x + (x + 0.5) * zoom, y: place.y + (y + 0.5) * zoom };
  };
  const moves = joints.moves.map(({ name, visual, language, distance }) => ({
    name,
    visual: onPage(visual),
    language: onPage(language),
    distance: distance * crop.scale * zoom,
  }));
  context.save();
  context.beginPath();
  context.roundRect(place.x, place.y, place.width, place.height, 10);
  context.clip();
  drawJointMoves(context, moves, { set: joints.set, radius: 6 });
  context.restore();
  drawMovesLegend(context, joints.moves, { x: place.x, y: place.y + place.height + 27 });
}

function drawMovesLegend(
  context: SKRSContext2D,
  moves: readonly JointMove[],
  { x, y }: { x: number; y: number },
): void {
  const style = { size: 15, weight: 450, color: muted };
  context.lineWidth = 3;
  context.strokeStyle = css([86, 148, 204]);
  context.beginPath();
  context.arc(x + 7, y, 5.5, 0, 2 * Math.PI);
  context.stroke();
  write(context, "picture alone", { x: x + 21, y: y + 5, ...style });
  context.fillStyle = moveColors.language;
  context.beginPath();
  context.arc(x + 147, y, 6, 0, 2 * Math.PI);
  context.fill();
  write(context, "with the description", { x: x + 161, y: y + 5, ...style });
  const moved = moves.filter((move) => isSeen(move, {}) && move.distance >= 1)
    .sort((a, b) => b.distance - a.distance).slice(0, 3)
    .map(({ name, distance }) => `${name.replaceAll("_", " ")} ${Math.round(distance)} px`);
  const text = moved.length > 0 ? `Most: ${moved.join(", ")}` : "No joint moved by a pixel or more";
  write(context, text, { x, y: y + 31, size: 15, weight: 560, color: ink, width: page.panel });
}

function drawTiles(
  context: SKRSContext2D,
  input: DrawExplanationInput,
  { words, layout }: { words: readonly ShownWord[]; layout: Layout },
): void {
  const { rows, columns } = input.explanation;
  const left = page.margin + 2 * (layout.panel.width + page.gap);
  heading(context, "Word by word", { x: left, y: layout.top });
  const highest = Math.max(1.05, ...words.map(({ peak }) => peak));
  words.forEach((word, i) => {
    const place = {
      x: left + (i % page.tileColumns) * (layout.tile.width + page.tileGap),
      y: layout.top + 40 + Math.floor(i / page.tileColumns) * (layout.tile.height + page.caption + 10),
      ...layout.tile,
    };
    // one scale for all words, so that a faint picture is a faint match
    const values = Array.from(word.lift, (lift) => Math.max(0, (lift - 1) / (highest - 1)) ** 0.6);
    drawPicture(context, heated(input.crop.picture, { values, rows, columns }, place), place);
    const name = word.count > 1 ? `${word.text} ×${word.count}` : word.text;
    write(context, name, {
      x: place.x,
      y: place.y + place.height + 26,
      size: 20,
      weight: 620,
      color: ink,
      width: place.width,
    });
    write(context, `${percent(word.share)} matched, peak ×${word.peak.toFixed(1)}`, {
      x: place.x,
      y: place.y + place.height + 48,
      size: 14.5,
      weight: 450,
      color: muted,
      width: place.width,
    });
  });
  const y = layout.top + 40 + 2 * (layout.tile.height + page.caption) + 24;
  drawScale(context, { x: left, y, width: 140, height: 10 }, (value) => css(glow(value)));
  write(
    context,
    `1 to ${highest.toFixed(1)} times the mass of an even spread, one scale for all words`,
    {
      x: left + 154,
      y: y + 10,
      size: 15,
      weight: 450,
      color: muted,
    },
  );
}

function heated(
  crop: Frame,
  heat: { values: number[]; rows: number; columns: number },
  size: Extent,
): Canvas {
  return pictureCanvas(heatPicture(resizedPicture(crop, size, density), heat));
}

function shaded(crop: Frame, light: number, size: Extent): Canvas {
  const picture = resizedPicture(crop, size, density);
  for (let i = 0; i < picture.data.length; i++) if (i % 4 < 3) picture.data[i] *= light;
  return pictureCanvas(picture);
}

function heading(context: SKRSContext2D, text: string, { x, y }: { x: number; y: number }): void {
  write(context, text, { x, y: y + 24, size: 22, weight: 640, color: ink });
}

function percent(share: number): string {
  return `${(100 * share).toFixed(share < 0.0995 ? 1 : 0)} %`;
}
