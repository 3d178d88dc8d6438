import type { Description } from "./description.ts";

/**
 * Finds the text for a clip or a person: the last line about that person, otherwise the last about the whole clip.
 *
 * @param descriptions What a file holds.
 * @param clip Name of the clip; a name without folders also finds the only clip of that name in a folder.
 * @param person Track id.
 * @returns The description, or undefined if there is none.
 */
export function findDescription(
  descriptions: readonly Description[],
  clip: string,
  person?: number,
): Description | undefined {
  const told = descriptions.filter(({ text }) => text !== "");
  let about = told.filter((description) => description.clip === clip);
  if (about.length === 0) {
    about = told.filter((description) => lastPart(description.clip) === lastPart(clip));
    if (new Set(about.map((description) => description.clip)).size > 1) return undefined;
  }
  return about.findLast((description) => person !== undefined && description.person === person) ??
    about.findLast((description) => description.person === undefined);
}

function lastPart(clip: string): string {
  return clip.split(/[\\/]/).at(-1) ?? clip;
}
