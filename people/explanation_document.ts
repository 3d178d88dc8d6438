import type { DrawExplanationInput } from "./draw_explanation.ts";
import type { WordsOnPatches } from "./words_on_patches.ts";

/**
 * Writes an explanation down in numbers: what {@linkcode drawExplanation} draws, for `JSON.stringify`.
 *
 * @param input The same as for the picture.
 * @returns `title`; `patches` (rows and columns) and `crop` (the corners of its first and last pixel in the frame);
 * `tokens`; `mass`, `matched` and `cost` of the whole plan; `words` with text, token positions, mass, matched mass and
 * peak; `patch_mass` and `patch_matched`, one number per patch, row by row; `plan`, one row per patch with one number
 * per token; `cross_attention` with the same of words and patches, and its `map` in the form of `plan`, whose rows sum to
 * 1; and `joints` with both positions in pixels of the frame and the distance between them.
 */
export function explanationDocument(input: DrawExplanationInput): Record<string, unknown> {
  const { explanation, attention, joints, title, cost, isTruncated = false, crop } = input;
  const { rows, columns, tokens, plan } = explanation;
  const origin = crop.place({ x: 0, y: 0 });
  const step = { x: crop.place({ x: 1, y: 0 }).x - origin.x, y: crop.place({ x: 0, y: 1 }).y - origin.y };
  const inFrame = (x: number, y: number) => [(x - origin.x) / step.x, (y - origin.y) / step.y];
  return {
    title,
    patches: { rows, columns },
    crop: {
      first_pixel: inFrame(0, 0),
      last_pixel: inFrame(crop.picture.width - 1, crop.picture.height - 1),
    },
    tokens,
    truncated: isTruncated,
    ...(cost === undefined ? {} : { cost }),
    ...wordsOf(explanation),
    plan: rowsOf(plan, tokens.length),
    ...(attention === undefined ? {} : {
      cross_attention: { ...wordsOf(attention), map: rowsOf(attention.attention, tokens.length) },
    }),
    ...(joints === undefined ? {} : {
      keypoint_set: joints.set.name,
      joints: joints.moves.map(({ name, visual, language, distance }) => ({
        name,
        visual_only: [visual.x, visual.y, visual.score],
        with_description: [language.x, language.y, language.score],
        distance,
      })),
    }),
  };
}

function wordsOf({ mass, matched, words, patchMass, patchMatched }: WordsOnPatches) {
  return {
    mass,
    matched,
    words: words.map(({ text, tokens, mass, matched, peak }) => ({ text, tokens, mass, matched, peak })),
    patch_mass: [...patchMass],
    patch_matched: [...patchMatched],
  };
}

/** One row per patch. */
function rowsOf(values: Float64Array, width: number): number[][] {
  return Array.from(
    { length: values.length / width },
    (_, row) => [...values.subarray(row * width, (row + 1) * width)],
  );
}
