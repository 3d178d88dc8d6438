/** A strict reader of small XML documents, so that a picture's form can be tested without a package. */

/** One element. */
export interface XmlElement {
  /** Its name. */
  name: string;
  /** Values by attribute. */
  attributes: Record<string, string>;
  /** Elements inside, in order. */
  children: XmlElement[];
  /** All text inside, elements' text included. */
  text: string;
}

const tag = /<(\/?)([A-Za-z][\w-]*)((?:\s+[A-Za-z][\w:-]*="[^"<]*")*)\s*(\/?)>/y;

/**
 * Reads a document of elements, attributes and text; comments, declarations and the like are not expected.
 *
 * @param document The document.
 * @returns Its root.
 * @throws {SyntaxError} If it is not well formed; the message says where.
 */
export function parseXml(document: string): XmlElement {
  // deno-lint-ignore no-control-regex -- characters that XML does not allow
  const control = /[\x00-\x08\x0b\x0c\x0e-\x1f]/.exec(document);
  if (control) throw new SyntaxError(`Cannot read XML: a control character at ${control.index}`);
  const root: XmlElement = { name: "", attributes: {}, children: [], text: "" };
  const open = [root];
  for (let at = 0; at < document.length;) {
    const parent = open.at(-1)!;
    if (document[at] !== "<") {
      const end = document.indexOf("<", at);
      const text = unescape(document.slice(at, end < 0 ? undefined : end), at);
      if (parent === root && text.trim() !== "") {
        throw new SyntaxError(`Cannot read XML: text outside at ${at}`);
      }
      for (const element of open) element.text += text;
      at = end < 0 ? document.length : end;
      continue;
    }
    tag.lastIndex = at;
    const match = tag.exec(document);
    if (!match) throw new SyntaxError(`Cannot read XML: no tag at ${at}`);
    at = tag.lastIndex;
    const [, closing, name, attributes, empty] = match;
    if (closing) {
      if (open.pop()!.name !== name) throw new SyntaxError(`Cannot read XML: </${name}> at ${match.index}`);
      continue;
    }
    const element = { name, attributes: readAttributes(attributes, match.index), children: [], text: "" };
    parent.children.push(element);
    if (!empty) open.push(element);
  }
  if (open.length !== 1 || root.children.length !== 1) {
    throw new SyntaxError(`Cannot read XML: ${root.children.length} roots, ${open.length - 1} left open`);
  }
  return root.children[0];
}

function readAttributes(text: string, at: number): Record<string, string> {
  const attributes: Record<string, string> = {};
  for (const [, name, value] of text.matchAll(/([\w:-]+)="([^"]*)"/g)) {
    if (name in attributes) throw new SyntaxError(`Cannot read XML: ${name} twice at ${at}`);
    attributes[name] = unescape(value, at);
  }
  return attributes;
}

function unescape(text: string, at: number): string {
  const stray = text.replaceAll(/&(?:amp|lt|gt|quot);/g, "").search("&");
  if (stray >= 0) throw new SyntaxError(`Cannot read XML: a bare & after ${at}`);
  return text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&quot;", '"').replaceAll(
    "&amp;",
    "&",
  );
}
