/**
 * Names the innermost element that a position of a JSON text lies in, for error messages about broken files.
 *
 * @param text JSON text, valid up to `offset`.
 * @param offset Position, in UTF-16 units.
 * @returns A path such as `annotations[3].keypoints[7]`, or `the document` at its top.
 */
export function jsonPathAt(text: string, offset: number): string {
  const open: { key: string | undefined; index: number | undefined }[] = [];
  const tokens = /"(?:[^"\\]|\\.)*"(\s*:)?|[[\]{},]/g;
  for (let match = tokens.exec(text); match !== null && match.index < offset; match = tokens.exec(text)) {
    const token = match[0];
    const top = open.at(-1);
    if (token === "[") open.push({ key: undefined, index: 0 });
    else if (token === "{") open.push({ key: undefined, index: undefined });
    else if (token === "]" || token === "}") open.pop();
    else if (token === "," && top?.index !== undefined) top.index++;
    else if (token.endsWith(":") && top !== undefined) top.key = token.slice(1, token.lastIndexOf('"'));
  }
  let path = "";
  for (const { key, index } of open) {
    if (index !== undefined) path += `[${index}]`;
    else if (key !== undefined) path += path === "" ? key : `.${key}`;
  }
  return path === "" ? "the document" : path;
}
