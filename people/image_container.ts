import { opaquePng, plainPng, pngSignature } from "./png_container.ts";

/** Kinds of image files that are read. */
export type ImageKind = "JPEG" | "PNG" | "WebP" | "BMP";

/**
 * Tells an image file's kind from its first bytes.
 *
 * @param bytes The file, or at least its first 12 bytes.
 * @returns The kind, or undefined for anything else.
 */
export function imageKind(bytes: Uint8Array): ImageKind | undefined {
  if (bytes[0] === 0xff && bytes[1] === 0xd8 && bytes[2] === 0xff) return "JPEG";
  if (pngSignature.every((byte, i) => bytes[i] === byte)) return "PNG";
  if (ascii(bytes, 0) === "RIFF" && ascii(bytes, 8) === "WEBP") return "WebP";
  if (bytes[0] === 0x42 && bytes[1] === 0x4d) return "BMP";
  return undefined;
}

/**
 * Checks that an image file is whole and takes its colour profile away, so that a reader gives the stored samples:
 * the tools whose weights and boxes we use (Pillow, OpenCV, ffmpeg) don't apply profiles either.
 *
 * @param bytes The file.
 * @returns The file without profile; the same memory if it has none.
 * @throws {SyntaxError} If the file is of no known kind, ends early or is damaged; the message is a clause that
 * begins with "it" or "its".
 */
export function plainImage(bytes: Uint8Array): Uint8Array {
  switch (imageKind(bytes)) {
    case "JPEG":
      return plainJpeg(bytes);
    case "PNG":
      return plainPng(bytes);
    case "WebP":
      return plainWebp(bytes);
    case "BMP":
      return wholeBmp(bytes);
    default:
      throw new SyntaxError("it is neither JPEG, PNG, WebP nor BMP");
  }
}

/**
 * Takes an image file's transparency away and leaves the colours as they are stored.
 *
 * @param bytes A file that {@linkcode plainImage} returned.
 * @returns The same picture, opaque; the same memory where that is not possible.
 */
export function opaqueImage(bytes: Uint8Array): Uint8Array {
  switch (imageKind(bytes)) {
    case "PNG":
      return opaquePng(bytes);
    case "WebP":
      return opaqueWebp(bytes);
    default:
      return bytes;
  }
}

function plainJpeg(bytes: Uint8Array): Uint8Array {
  const truncated = new SyntaxError("it ends before its end-of-image marker (truncated)");
  const dropped: [from: number, to: number][] = [];
  for (let at = 2;;) {
    // inside a scan 0xff is followed by 0 (stuffing) or 0xd0–0xd7 (restart); anything else is the next marker
    at = bytes.indexOf(0xff, at);
    if (at < 0 || at + 1 >= bytes.length) throw truncated;
    const marker = bytes[at + 1];
    if (marker === 0xd9) break;
    if (marker === 0xff) at += 1;
    else if (marker === 0 || marker === 1 || (marker >= 0xd0 && marker <= 0xd8)) at += 2;
    else {
      if (at + 4 > bytes.length) throw truncated;
      const next = at + 2 + (bytes[at + 2] << 8 | bytes[at + 3]);
      if (marker === 0xe2 && ascii(bytes, at + 4, 12) === "ICC_PROFILE\0") dropped.push([at, next]);
      at = next;
    }
  }
  return without(bytes, dropped);
}

function plainWebp(bytes: Uint8Array): Uint8Array {
  const profiles = webpChunks(bytes).filter(({ type }) => type === "ICCP");
  if (profiles.length === 0) return bytes;
  return patchWebp(without(bytes, profiles.map(({ from, to }) => [from, to])), 0x20);
}

function opaqueWebp(bytes: Uint8Array): Uint8Array {
  const alpha = webpChunks(bytes).filter(({ type }) => type === "ALPH");
  const opaque = patchWebp(without(bytes, alpha.map(({ from, to }) => [from, to])).slice(), 0x10);
  for (const { type, from } of webpChunks(opaque)) {
    // lossless: signature byte, 14 bits of width, 14 of height, then "alpha is used"
    if (type === "VP8L") opaque[from + 12] &= ~0x10;
  }
  return opaque;
}

/** Sets the file's length right and clears a flag of the extended header. */
function patchWebp(bytes: Uint8Array, flag: number): Uint8Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  view.setUint32(4, bytes.length - 8, true);
  if (ascii(bytes, 12) === "VP8X") bytes[20] &= ~flag;
  return bytes;
}

function webpChunks(bytes: Uint8Array): { type: string; from: number; to: number }[] {
  const truncated = new SyntaxError("it is shorter than its header says (truncated)");
  if (bytes.length < 20) throw truncated;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const end = 8 + view.getUint32(4, true);
  if (bytes.length < end) throw truncated;
  const chunks = [];
  for (let from = 12; from + 8 <= end;) {
    const length = view.getUint32(from + 4, true);
    const to = from + 8 + length + (length & 1);
    if (from + 8 + length > end) throw truncated;
    chunks.push({ type: ascii(bytes, from), from, to: Math.min(to, end) });
    from = to;
  }
  return chunks;
}

function wholeBmp(bytes: Uint8Array): Uint8Array {
  const truncated = new SyntaxError("it has fewer pixels than its header says (truncated)");
  if (bytes.length < 34) throw truncated;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const [offset, headerSize] = [view.getUint32(10, true), view.getUint32(14, true)];
  if (headerSize < 40) return bytes; // OS/2: the reader's business
  const [width, height] = [view.getInt32(18, true), Math.abs(view.getInt32(22, true))];
  const [bits, compression] = [view.getUint16(28, true), view.getUint32(30, true)];
  const stored = compression === 0 || compression === 3
    ? Math.ceil(width * bits / 32) * 4 * height
    : view.getUint32(34, true);
  if (offset + stored > bytes.length) throw truncated;
  return bytes;
}

/** A copy that leaves ranges out; the same memory if there are none. */
function without(bytes: Uint8Array, ranges: readonly (readonly [from: number, to: number])[]): Uint8Array {
  if (ranges.length === 0) return bytes;
  const kept = new Uint8Array(bytes.length - ranges.reduce((sum, [from, to]) => sum + to - from, 0));
  let source = 0;
  let target = 0;
  for (const [from, to] of [...ranges, [bytes.length, bytes.length] as const]) {
    kept.set(bytes.subarray(source, from), target);
    target += from - source;
    source = to;
  }
  return kept;
}

function ascii(bytes: Uint8Array, at: number, length = 4): string {
  return String.fromCharCode(...bytes.subarray(at, at + length));
}
