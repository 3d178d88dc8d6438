import { createCanvas, type SKRSContext2D } from "@napi-rs/canvas";
import type { AttentionExplanation } from "./attention_explanation.ts";
import type { Extent } from "./crop_geometry.ts";
import type { CropPicture } from "./crop_picture.ts";
import { drawJointMoves, isSeen, moveColors } from "./draw_joint_moves.ts";
import { drawSentence } from "./draw_sentence.ts";
import { drawWordGrid, wordGridHeight, type WordGridOptions } from "./draw_word_grid.ts";
import { shownWords } from "./explained_words.ts";
import { checkFrame, type Frame } from "./frame.ts";
import { css, ember } from "./heat_colors.ts";
import type { JointMove } from "./joint_moves.ts";
import type { KeypointSet } from "./keypoint_sets.ts";
import { hatchOutside } from "./outside_hatch.ts";
import type { Keypoint } from "./pose.ts";
import {
  colors,
  drawPicture,
  drawScale,
  percent,
  pictureCanvas,
  resizedPicture,
  write,
} from "./page_drawing.ts";
import type { TransportExplanation } from "./transport_explanation.ts";

/** What an explanation picture shows. */
export interface DrawExplanationInput {
  /** The person's crop, of the model's aspect; 576 × 768 pixels make a sharp picture. */
  crop: CropPicture;
  /** What the transport plan says. */
  explanation: TransportExplanation;
  /** Where the cross-attention looked. */
  attention?: AttentionExplanation;
  /** What the description changed; without it the crop is shown. */
  joints?: {
    /** Names and limbs of the joints. */
    set: KeypointSet;
    /** One move per joint, in pixels of the frame. */
    moves: readonly JointMove[];
    /**
     * Joints in which both scores are smaller are not drawn.
     *
     * @default {0.2}
     */
    threshold?: number;
  };
  /** Whom the picture is about, for example "person 3 · 000012.jpg". */
  title: string;
  /** Transport cost ⟨P*, C⟩ (Eq. 11). */
  cost?: number;
  /** Whether the description was longer than what the model reads. */
  isTruncated?: boolean;
}

/** Sizes of the page in pixels, before it is enlarged. */
const page = { width: 2000, margin: 60, gap: 44, panel: 480, wordColumns: 7 };

/** Pixels of the file per pixel of the page. */
const density = 1.2;

/** Heights that depend on what is shown. */
interface Layout {
  panel: Extent;
  grid: WordGridOptions;
  sentence: number;
  top: number;
  height: number;
}

/**
 * Draws what language did for one person: the description with each word as strongly coloured as it found its place;
 * what it moved, joint by joint; and for the words that found their place best, where the transport plan matched them
 * and where the cross-attention looked for them.
 *
 * @param input Crop, plan, attention, joints and names.
 * @returns The content of a PNG file.
 * @throws {RangeError} If the crop is no frame.
 */
export async function drawExplanation(input: DrawExplanationInput): Promise<Uint8Array> {
  checkFrame(input.crop.picture, "the crop to explain");
  const { crop, explanation, attention } = input;
  const strongest = Math.max(
    0.05,
    ...explanation.words.map(({ matched, mass }) => mass > 0 ? matched / mass : 0),
  );
  const layout = layOut(input, strongest);
  const canvas = createCanvas(Math.round(page.width * density), Math.round(layout.height * density));
  const context = canvas.getContext("2d");
  context.scale(density, density);
  context.imageSmoothingEnabled = true;
  context.imageSmoothingQuality = "high";
  context.fillStyle = colors.paper;
  context.fillRect(0, 0, page.width, layout.height);
  drawHead(context, input, { strongest, layout });
  drawMovesPanel(context, input, layout);
  const words = shownWords(explanation, page.wordColumns - 1);
  drawWordGrid(context, { crop, explanation, words, ...(attention ? { attention } : {}) }, layout.grid);
  return await canvas.encode("png");
}

function layOut(input: DrawExplanationInput, strongest: number): Layout {
  const aspect = input.crop.picture.height / input.crop.picture.width;
  const { margin, gap, panel, wordColumns } = page;
  const context = createCanvas(1, 1).getContext("2d");
  const sentence = drawSentence(context, input.explanation.words, {
    ...sentencePlace(strongest),
    isTruncated: input.isTruncated ?? false,
    isTrial: true,
  });
  const top = 150 + sentence + 84;
  const x = margin + panel + gap;
  const grid = { x, y: top, width: page.width - margin - x, columns: wordColumns, aspect, density };
  const panelHeight = panel * aspect;
  const body = Math.max(40 + panelHeight + 66, wordGridHeight(input.attention ? 2 : 1, grid));
  return { panel: { width: panel, height: panelHeight }, grid, sentence, top, height: top + body + 36 };
}

function sentencePlace(strongest: number) {
  return { x: page.margin, y: 150, width: page.width - 2 * page.margin, size: 26, strongest };
}

function drawHead(
  context: SKRSContext2D,
  input: DrawExplanationInput,
  { strongest, layout }: { strongest: number; layout: Layout },
): void {
  const { margin, width } = page;
  const small = { size: 19, weight: 450, color: colors.muted };
  write(context, "What the words saw", { x: margin, y: 82, size: 40, weight: 680, color: colors.ink });
  write(context, input.title, { x: margin, y: 118, ...small });
  const { rows, columns, words, matched, mass } = input.explanation;
  const facts = [
    `${rows} × ${columns} patches`,
    `${words.filter(({ isMark }) => !isMark).length} words`,
    `${percent(matched / mass)} of the mass matched`,
    ...(input.cost === undefined ? [] : [`transport cost ${input.cost.toFixed(3)}`]),
  ].join("   ·   ");
  write(context, facts, { x: width - margin, y: 118, ...small, align: "right" });
  drawSentence(context, words, { ...sentencePlace(strongest), isTruncated: input.isTruncated ?? false });
  const y = 150 + layout.sentence + 20;
  const bar = { x: margin, y, width: 180, height: 12 };
  drawScale(context, bar, (value) => css(ember(value)));
  write(
    context,
    `0 to ${
      percent(strongest)
    } of a word's transported mass matched to particular patches rather than spread evenly`,
    { x: margin + bar.width + 16, y: y + 11, size: 16, weight: 450, color: colors.muted },
  );
  drawHatchLegend(context, input.crop, { x: width - margin, y });
}

/** Says what is hatched, where anything is. */
function drawHatchLegend(
  context: SKRSContext2D,
  { visible }: CropPicture,
  { x, y }: { x: number; y: number },
): void {
  const isWhole = visible.left <= 0 && visible.top <= 0 && visible.right >= 1 && visible.bottom >= 1;
  if (isWhole) return;
  const text = "beyond the frame: the model sees black";
  const style = { x, y: y + 11, size: 16, weight: 450, color: colors.muted, align: "right" as const };
  const size = { width: 40, height: 22 };
  const place = { x: x - write(context, text, style) - size.width - 14, y: y - 5, ...size };
  const blank = { width: 48, height: 26, data: new Uint8ClampedArray(48 * 26 * 4).fill(255) };
  const nothing = { left: 2, top: 2, right: 2, bottom: 2 };
  drawPicture(context, pictureCanvas(hatchOutside(blank, nothing)), place);
}

function drawMovesPanel(context: SKRSContext2D, input: DrawExplanationInput, layout: Layout): void {
  const { crop, joints } = input;
  const place = { x: page.margin, y: layout.top + 40, ...layout.panel };
  const title = joints ? "What the description moved" : "The crop";
  write(context, title, { x: place.x, y: layout.top + 20, size: 20, weight: 640, color: colors.ink });
  const picture = shaded(resizedPicture(crop.picture, place, density), joints ? 0.72 : 1);
  drawPicture(context, pictureCanvas(hatchOutside(picture, crop.visible)), place);
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
  const { set, threshold = 0.2 } = joints;
  drawJointMoves(context, moves, { set, radius: 6, threshold });
  context.restore();
  const seen = joints.moves.filter((move) => isSeen(move, { threshold }));
  drawMovesLegend(context, seen, { x: place.x, y: place.y + place.height + 27 });
}

function drawMovesLegend(
  context: SKRSContext2D,
  moves: readonly JointMove[],
  { x, y }: { x: number; y: number },
): void {
  const style = { size: 15, weight: 450, color: colors.muted };
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
  const moved = moves.filter(({ distance }) => distance >= 1)
    .sort((a, b) => b.distance - a.distance).slice(0, 3)
    .map(({ name, distance }) => `${name.replaceAll("_", " ")} ${Math.round(distance)} px`);
  const none = moves.length > 0 ? "No joint moved by a pixel or more" : "No joint is sure enough to be drawn";
  const text = moved.length > 0 ? `Most: ${moved.join(", ")}` : none;
  write(context, text, { x, y: y + 31, size: 15, weight: 560, color: colors.ink, width: page.panel });
}

function shaded(picture: Frame, light: number): Frame {
  const data = picture.data.map((value, i) => i % 4 < 3 ? value * light : value);
  return { ...picture, data };
}
