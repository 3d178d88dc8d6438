import type { PersonKind } from "./body.ts";
import type { Look } from "./look.ts";
import type { Random } from "./random.ts";

/** Words for a person that stand in for the noun. */
export interface Pronouns {
  /** "he" or "she". */
  he: string;
  /** "his" or "her". */
  his: string;
  /** "him" or "her". */
  him: string;
}

/**
 * The pronouns of a person.
 *
 * @param kind Who it is.
 * @returns The words.
 */
export function pronounsOf(kind: PersonKind): Pronouns {
  return kind === "man" || kind === "boy"
    ? { he: "he", his: "his", him: "him" }
    : { he: "she", his: "her", him: "her" };
}

/**
 * Puts "a" or "an" before words.
 *
 * @param words The words.
 * @returns The words with their article.
 */
export function withArticle(words: string): string {
  return `${/^[aeiou]/.test(words) ? "an" : "a"} ${words}`;
}

/**
 * Makes the first letter a capital.
 *
 * @param text The text.
 * @returns The text as a sentence begins.
 */
export function capitalized(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

const plurals: readonly string[] = ["trousers", "shorts", "jeans", "leggings"];

/**
 * Says who a person is, by appearance.
 *
 * @param random Chooses the words.
 * @param options Who, what the person wears, and whether clothes of the legs and hair are left out.
 * @returns For example "a woman in a red top and white shorts".
 */
export function appearance(
  random: Random,
  { kind, look, brief }: { kind: PersonKind; look: Look; brief: boolean },
): string {
  const isChild = kind === "boy" || kind === "girl";
  const noun = random.weighted<string>([[8, kind], [isChild ? 1.5 : 0, "child"], [
    isChild ? 0 : 1,
    "person",
  ]]);
  const pattern = look.pattern === "striped" ? "striped " : "";
  const top = withArticle(`${pattern}${look.top.color.name} ${look.top.name}`);
  const bottom = plurals.includes(look.bottom.name)
    ? `${look.bottom.color.name} ${look.bottom.name}`
    : withArticle(`${look.bottom.color.name} ${look.bottom.name}`);
  const isDress = look.bottom.name === "dress";
  const clothes = isDress || (brief && random.chance(0.6)) ? top : `${top} and ${bottom}`;
  const worn = random.weighted([[5, "in"], [2, "wearing"], [1, "dressed in"]]);
  const hair = brief || random.chance(0.55) ? undefined : hairOf(look);
  const tall = random.chance(0.06) && !isChild ? "tall " : isChild && random.chance(0.3) ? "young " : "";
  if (hair === undefined) return `${withArticle(tall + noun)} ${worn} ${clothes}`;
  return `${withArticle(tall + noun)} with ${hair}, ${worn} ${clothes}`;
}

function hairOf({ hair, hairColor, beard }: Look): string | undefined {
  if (beard && hair !== "cap") return `a ${hairColor.name} beard`;
  switch (hair) {
    case "long":
      return `long ${hairColor.name} hair`;
    case "short":
      return `short ${hairColor.name} hair`;
    case "ponytail":
      return `${withArticle(hairColor.name)} ponytail`;
    case "bun":
      return `${hairColor.name} hair in a bun`;
    case "cap":
      return `${withArticle(hairColor.name)} cap`;
    case "bald":
      return "a bald head";
  }
}

/** How a body stands to the camera. */
export interface Facing {
  /** Direction of the body in degrees: 0 the camera, 90 the right of the picture. */
  heading: number;
  /** Few words. */
  brief: boolean;
}

/** The angle between the body and the camera, and the side of the picture that it is turned to. */
function turnOf(heading: number): { turned: number; toward: "left" | "right" } {
  const angle = ((heading + 180) % 360 + 360) % 360 - 180;
  return { turned: Math.abs(angle), toward: angle > 0 ? "right" : "left" };
}

/**
 * Says from where a person is seen.
 *
 * @param random Chooses the words.
 * @param facing How the body stands to the camera.
 * @returns For example "facing the camera"; left and right here are the picture's, and the words say so.
 */
export function viewOf(random: Random, { heading, brief }: Facing): string {
  const { turned, toward } = turnOf(heading);
  const short = brief || random.chance(0.4);
  if (turned < 25) return random.pick(["facing the camera", "seen from the front", "turned to the camera"]);
  if (turned < 65) {
    return short ? `facing the camera, half turned to the ${toward} of the image` : random.pick([
      `facing the camera, turned a little to the ${toward} side of the image`,
      `seen from the front, half turned to the ${toward} of the image`,
    ]);
  }
  if (turned < 115) {
    return short
      ? random.pick([`facing ${toward} in the image`, `in profile, facing ${toward}`])
      : random.pick([
        `seen from the side, facing the ${toward} side of the image`,
        `in profile, facing the ${toward} edge of the image`,
        `turned to the ${toward} side of the image`,
      ]);
  }
  if (turned < 155) {
    return short ? `seen from behind, half turned to the ${toward}` : random.pick([
      `seen from behind, half turned to the ${toward} of the image`,
      `facing away from the camera, turned to the ${toward} side of the image`,
    ]);
  }
  return random.pick(["seen from behind", "facing away from the camera", "with the back to the camera"]);
}

/**
 * Says where somebody goes.
 *
 * @param random Chooses the words.
 * @param facing Direction of the way.
 * @returns For example "moving from left to right", of the picture.
 */
export function wayOf(random: Random, { heading, brief }: Facing): string {
  const { turned, toward } = turnOf(heading);
  if (turned < 35) return random.pick(["coming toward the camera", "moving toward the camera"]);
  if (turned > 145) return random.pick(["going away from the camera", "moving away from the camera"]);
  const from = toward === "right" ? "left" : "right";
  if (brief) return `moving from ${from} to ${toward}`;
  return random.pick([`moving from ${from} to ${toward}`, `going to the ${toward} side of the image`]);
}
