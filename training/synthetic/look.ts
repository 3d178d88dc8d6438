import type { PersonKind } from "./body.ts";
import type { Random } from "./random.ts";

/** A colour with the word for it. */
export interface NamedColor {
  /** The word, in lower case. */
  name: string;
  /** Red, green, blue, 0 to 255. */
  rgb: Rgb;
}

/** Red, green, blue, 0 to 255. */
export type Rgb = readonly [number, number, number];

/** Pattern of a top. */
export type Pattern = "plain" | "striped" | "checked" | "dotted" | "banded";

/** How hair is worn. */
export type HairStyle = "short" | "long" | "ponytail" | "bun" | "bald" | "cap";

/** What a person wears and looks like. */
export interface Look {
  /** Colour of the skin. */
  skin: Rgb;
  /** How the hair is worn. */
  hair: HairStyle;
  /** Colour of hair or cap. */
  hairColor: NamedColor;
  /** Beard of the colour of the hair. */
  beard: boolean;
  /** Garment of the upper body. */
  top: Garment;
  /** How far the sleeves reach. */
  sleeves: "none" | "short" | "long";
  /** Pattern of the top. */
  pattern: Pattern;
  /** Second colour of the pattern. */
  patternColor: Rgb;
  /** Garment of the legs; a dress is one with the top. */
  bottom: Garment;
  /** How far trousers or skirt reach down the leg, from hip 0 over knee 1 to ankle 2. */
  bottomLength: number;
  /** Colour of the shoes. */
  shoes: Rgb;
}

/** A garment. */
export interface Garment {
  /** The word for it. */
  name: string;
  /** Its colour. */
  color: NamedColor;
}

const skins: readonly Rgb[] = [
  [247, 214, 188],
  [236, 188, 150],
  [218, 164, 122],
  [190, 133, 94],
  [150, 98, 68],
  [116, 74, 52],
  [84, 54, 40],
];

const hairColors: readonly NamedColor[] = [
  { name: "black", rgb: [30, 24, 24] },
  { name: "dark", rgb: [52, 36, 28] },
  { name: "brown", rgb: [98, 62, 36] },
  { name: "brown", rgb: [130, 84, 48] },
  { name: "blond", rgb: [214, 178, 106] },
  { name: "red", rgb: [160, 66, 34] },
  { name: "grey", rgb: [150, 148, 146] },
];

const clothColors: readonly NamedColor[] = [
  { name: "red", rgb: [206, 48, 44] },
  { name: "dark red", rgb: [134, 26, 36] },
  { name: "orange", rgb: [236, 130, 38] },
  { name: "yellow", rgb: [242, 206, 62] },
  { name: "green", rgb: [56, 146, 76] },
  { name: "light green", rgb: [142, 204, 112] },
  { name: "dark green", rgb: [28, 84, 56] },
  { name: "teal", rgb: [26, 138, 138] },
  { name: "blue", rgb: [48, 96, 196] },
  { name: "light blue", rgb: [128, 184, 230] },
  { name: "navy", rgb: [28, 40, 88] },
  { name: "purple", rgb: [116, 62, 156] },
  { name: "pink", rgb: [234, 132, 168] },
  { name: "white", rgb: [240, 240, 236] },
  { name: "cream", rgb: [236, 222, 190] },
  { name: "beige", rgb: [204, 180, 142] },
  { name: "brown", rgb: [112, 74, 46] },
  { name: "grey", rgb: [140, 142, 146] },
  { name: "dark grey", rgb: [72, 74, 80] },
  { name: "black", rgb: [34, 34, 38] },
];

const topNames: Readonly<Record<Look["sleeves"], readonly string[]>> = {
  none: ["vest", "tank top", "sleeveless top"],
  short: ["shirt", "shirt", "tee", "jersey", "top"],
  long: ["sweater", "jacket", "hoodie", "sweatshirt", "long sleeve shirt"],
};

/**
 * Draws what a person looks like.
 *
 * @param random Where the numbers come from.
 * @param kind Who the person is.
 * @returns Skin, hair and clothes.
 */
export function randomLook(random: Random, kind: PersonKind): Look {
  const isFemale = kind === "woman" || kind === "girl";
  const hair: HairStyle = isFemale
    ? random.weighted([[4, "long"], [3, "ponytail"], [2, "bun"], [2, "short"], [1, "cap"]])
    : random.weighted([[7, "short"], [kind === "man" ? 1.5 : 0, "bald"], [2, "cap"], [0.7, "long"]]);
  const sleeves = random.weighted([[2, "none"], [6, "short"], [4, "long"]] as const);
  const bottomName = isFemale
    ? random.weighted([[3, "trousers"], [3, "leggings"], [3, "shorts"], [3, "skirt"], [2, "dress"]])
    : random.weighted([[5, "trousers"], [2, "jeans"], [5, "shorts"]]);
  const topColor = random.pick(clothColors);
  const others = clothColors.filter(({ name }) => name !== topColor.name);
  const jeans: NamedColor = { name: "blue", rgb: [70, 98, 146] };
  const bottomColor = bottomName === "jeans" ? jeans : random.pick(others);
  const isDress = bottomName === "dress";
  const cloth = jittered(random, topColor);
  return {
    skin: random.pick(skins).map((value) => value + random.between(-8, 8)) as unknown as Rgb,
    hair,
    hairColor: hair === "cap" ? random.pick(clothColors) : random.pick(hairColors),
    beard: kind === "man" && hair !== "long" && random.chance(0.22),
    top: { name: isDress ? "dress" : random.pick(topNames[sleeves]), color: cloth },
    sleeves,
    pattern: random.weighted([[7, "plain"], [2, "striped"], [1, "checked"], [1, "dotted"], [1.2, "banded"]]),
    patternColor: random.pick(others).rgb,
    bottom: { name: bottomName, color: isDress ? cloth : jittered(random, bottomColor) },
    bottomLength: lengthOf(bottomName, random),
    shoes: random.pick([[238, 238, 234], [40, 40, 44], [180, 60, 50], [60, 90, 150], [120, 80, 50]]),
  };
}

function lengthOf(bottom: string, random: Random): number {
  if (bottom === "shorts") return random.between(0.45, 0.9);
  if (bottom === "skirt" || bottom === "dress") return random.between(0.5, 1.15);
  return bottom === "leggings" ? random.between(1.6, 1.95) : 1.9;
}

/** The same colour to the eye, never the same number. */
function jittered(random: Random, { name, rgb }: NamedColor): NamedColor {
  const light = random.between(0.88, 1.1);
  return { name, rgb: rgb.map((value) => Math.min(255, value * light)) as unknown as Rgb };
}

/**
 * A colour as CSS writes it.
 *
 * @param rgb The colour.
 * @param light Brightness from −1 (black) over 0 (as it is) to 1 (white).
 * @returns `rgb(…)`.
 */
export function css([red, green, blue]: Rgb, light = 0): string {
  const toward = light < 0 ? 0 : 255;
  const share = Math.abs(light);
  const mix = (value: number) => Math.round(value + share * (toward - value));
  return `rgb(${mix(red)}, ${mix(green)}, ${mix(blue)})`;
}
