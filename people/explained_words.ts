import type { WordMass, WordsOnPatches } from "./words_on_patches.ts";

/** Words that say how others belong together, and point at nothing themselves. */
const functionWords: ReadonlySet<string> = new Set(
  `a an the this that these those and or but nor so as if of to in on at by with from into onto over under up down off
   out for is are was were be been being am has have had do does did it its he him his she her hers they them their who
   whom which what there here then than while when where both each other another one some any no not very just also
   still only toward towards`.split(/\s+/),
);

/** A word as a picture of its own: all of its occurrences together. */
export interface ShownWord {
  /** The word. */
  text: string;
  /** How often it occurs. */
  count: number;
  /** Its mass. */
  mass: number;
  /** The part of it that lies on particular patches, 0 to 1. */
  share: number;
  /** Mass per patch over that of an even spread [M]. */
  lift: Float64Array;
  /** The largest lift. */
  peak: number;
}

/**
 * Chooses the words that are worth a picture: those of whose mass the largest share is matched, words that point at
 * something first. (Not the largest mass: that grows with the number of pieces that a word was cut into.) What occurs
 * several times is one picture.
 *
 * @param explanation What the plan says.
 * @param count How many, at most.
 * @returns The words, the best matched first.
 */
export function shownWords(explanation: WordsOnPatches, count: number): ShownWord[] {
  const words = [...distinctWords(explanation).values()];
  const rank = (word: ShownWord) => functionWords.has(word.text) ? 1 : 0;
  return words.sort((a, b) => rank(a) - rank(b) || b.share - a.share).slice(0, count);
}

/**
 * Puts the occurrences of each word together; marks and words without mass are left out.
 *
 * @param explanation What a plan or an attention says.
 * @returns The words by their text.
 */
export function distinctWords(explanation: WordsOnPatches): Map<string, ShownWord> {
  const groups = Map.groupBy(
    explanation.words.filter(({ isMark, mass }) => !isMark && mass > 0),
    ({ text }) => text,
  );
  return new Map(
    [...groups].map(([text, group]) => [text, { ...together(group), text, count: group.length }]),
  );
}

function together(group: readonly WordMass[]): Omit<ShownWord, "text" | "count"> {
  const mass = group.reduce((sum, word) => sum + word.mass, 0);
  const matched = group.reduce((sum, word) => sum + word.matched, 0);
  const lift = group[0].lift.map((_, patch) =>
    group.reduce((sum, word) => sum + word.lift[patch] * word.mass, 0) / mass
  );
  return { mass, share: matched / mass, lift, peak: Math.max(...lift) };
}
