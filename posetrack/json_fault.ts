/** Where a JSON text stops being one. */
export interface JsonFault {
  /** Position, in UTF-16 units. */
  offset: number;
  /** Innermost element there, such as `annotations[3].keypoints[7]`, or `the document` at its top. */
  path: string;
  /** Whether the text merely ends too early. */
  truncated: boolean;
}

interface Level {
  index: number | undefined;
  key: string;
}

type Expectation = "value" | "first value" | "key" | "first key" | "colon" | "comma" | "end";

const tokenPattern =
  /\s*(?:("(?:[^"\\]|\\.)*")|(-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null|-?Infinity|NaN)|([[\]{},:]))/y;

/**
 * Finds the first token of a broken JSON text that cannot stand where it does. Slow; only for error messages.
 *
 * @param text JSON text; the literals `NaN` and `Infinity` pass.
 * @returns The fault, or undefined if the order of the tokens is right.
 */
export function findJsonFault(text: string): JsonFault | undefined {
  const levels: Level[] = [];
  const pattern = new RegExp(tokenPattern);
  let expected: Expectation = "value";
  while (true) {
    const start = pattern.lastIndex;
    const match = pattern.exec(text);
    if (match === null) {
      const rest = text.slice(start).trimStart();
      if (rest === "" && expected === "end") return undefined;
      return { offset: text.length - rest.length, path: pathOf(levels), truncated: isCutToken(rest) };
    }
    const [whole, string, scalar, mark] = match;
    const next = follow(expected, { levels, string, scalar, mark });
    if (next === undefined) {
      const offset = start + whole.length - (string ?? scalar ?? mark).length;
      return { offset, path: pathOf(levels), truncated: false };
    }
    expected = next;
  }
}

function follow(
  expected: Expectation,
  token: { levels: Level[]; string?: string; scalar?: string; mark?: string },
): Expectation | undefined {
  const { levels, string, scalar, mark } = token;
  const closed = (): Expectation => levels.length === 0 ? "end" : "comma";
  if (expected === "value" || expected === "first value") {
    if (mark === "[") {
      levels.push({ index: 0, key: "" });
      return "first value";
    }
    if (mark === "{") {
      levels.push({ index: undefined, key: "" });
      return "first key";
    }
    if (string !== undefined || scalar !== undefined) return closed();
    if (expected === "value" || mark !== "]") return undefined;
    levels.pop();
    return closed();
  }
  const top = levels.at(-1);
  if (top === undefined) return undefined;
  if (expected === "key" || expected === "first key") {
    if (string !== undefined) {
      top.key = string.slice(1, -1);
      return "colon";
    }
    if (expected === "key" || mark !== "}") return undefined;
    levels.pop();
    return closed();
  }
  if (expected === "colon") return mark === ":" ? "value" : undefined;
  if (mark === (top.index === undefined ? "}" : "]")) {
    levels.pop();
    return closed();
  }
  if (mark !== ",") return undefined;
  if (top.index === undefined) return "key";
  top.index++;
  return "value";
}

/** Whether the rest of a text is nothing, or a token that was cut off. */
function isCutToken(rest: string): boolean {
  return rest.startsWith('"') || /^[-+.eE\d]*$/.test(rest) ||
    ["true", "false", "null", "NaN", "-Infinity", "Infinity"].some((word) => word.startsWith(rest));
}

function pathOf(levels: readonly Level[]): string {
  let path = "";
  for (const { index, key } of levels) {
    if (index !== undefined) path += `[${index}]`;
    else if (key !== "") path += path === "" ? key : `.${key}`;
  }
  return path === "" ? "the document" : path;
}
