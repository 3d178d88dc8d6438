import { crc32, deflateSync, inflateSync } from "node:zlib";

/** The eight bytes that every PNG file begins with. */
export const pngSignature: Uint8Array = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);

/** Chunks that change colours or make pixels transparent without holding any. */
const colourChunks = new Set(["gAMA", "cHRM", "iCCP", "sRGB", "cICP", "mDCV", "cLLI", "tRNS"]);

interface Chunk {
  type: string;
  data: Uint8Array;
  /** Length, type, data and checksum. */
  whole: Uint8Array;
}

/**
 * Takes a PNG's colour management and its transparent colour away, so that a reader gives the stored samples.
 *
 * @param bytes A PNG file.
 * @returns The file without those chunks; the same memory if there are none.
 * @throws {SyntaxError} If the file ends early or a checksum is wrong.
 */
export function plainPng(bytes: Uint8Array): Uint8Array {
  const chunks = readChunks(bytes);
  const kept = chunks.filter(({ type }) => !colourChunks.has(type));
  return kept.length === chunks.length ? bytes : join([pngSignature, ...kept.map(({ whole }) => whole)]);
}

/**
 * Takes a PNG's alpha channel away and leaves the colours as they are stored, under transparent pixels too.
 *
 * @param bytes A PNG file of colour type 4 (grey, alpha) or 6 (RGB, alpha).
 * @returns The same picture as colour type 0 or 2; the same memory if there is no alpha channel.
 * @throws {SyntaxError} If the file is damaged.
 */
export function opaquePng(bytes: Uint8Array): Uint8Array {
  const chunks = readChunks(bytes);
  const header = chunks[0].data.slice();
  const view = new DataView(header.buffer);
  const [depth, colour, interlace] = [header[8], header[9], header[12]];
  if (colour !== 4 && colour !== 6) return bytes;
  const samples = colour === 4 ? 2 : 4;
  const size = { width: view.getUint32(0), height: view.getUint32(4) };
  const packed = join(chunks.filter(({ type }) => type === "IDAT").map(({ data }) => data));
  let raw: Uint8Array;
  try {
    raw = inflateSync(packed);
  } catch (error) {
    throw new SyntaxError("its pixels cannot be unpacked", { cause: error });
  }
  const pixels = dropAlpha(raw, passes(size, interlace === 1), { samples, bytes: depth / 8 });
  header[9] = colour - 4;
  return join([
    pngSignature,
    chunk("IHDR", header),
    chunk("IDAT", new Uint8Array(deflateSync(pixels, { level: 1 }))),
    chunk("IEND", new Uint8Array(0)),
  ]);
}

function readChunks(bytes: Uint8Array): Chunk[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const chunks: Chunk[] = [];
  for (let at = pngSignature.length;;) {
    const length = at + 12 <= bytes.length ? view.getUint32(at) : Infinity;
    if (at + 12 + length > bytes.length) throw new SyntaxError("it ends before its last chunk (truncated)");
    const whole = bytes.subarray(at, at + 12 + length);
    const type = String.fromCharCode(...whole.subarray(4, 8));
    if (crc32(whole.subarray(4, 8 + length)) !== view.getUint32(at + 8 + length)) {
      throw new SyntaxError(`the checksum of its ${JSON.stringify(type)} chunk is wrong (damaged)`);
    }
    if (chunks.length === 0 && (type !== "IHDR" || length !== 13)) {
      throw new SyntaxError("its first chunk is no header");
    }
    chunks.push({ type, data: whole.subarray(8, 8 + length), whole });
    if (type === "IEND") return chunks;
    at += 12 + length;
  }
}

/** Sizes of the images in the data stream: one, or the seven of Adam7. */
function passes(
  { width, height }: { width: number; height: number },
  interlaced: boolean,
): [number, number][] {
  if (!interlaced) return [[width, height]];
  const grid = [[0, 0, 8, 8], [4, 0, 8, 8], [0, 4, 4, 8], [2, 0, 4, 4], [0, 2, 2, 4], [1, 0, 2, 2], [
    0,
    1,
    1,
    2,
  ]];
  return grid
    .map(([x, y, dx, dy]): [number, number] => [Math.ceil((width - x) / dx), Math.ceil((height - y) / dy)])
    .filter(([columns, rows]) => columns > 0 && rows > 0);
}

/** Undoes the filters and copies every sample but the last of each pixel, rows unfiltered. */
function dropAlpha(
  raw: Uint8Array,
  images: [number, number][],
  { samples, bytes }: { samples: number; bytes: number },
): Uint8Array {
  const stride = samples * bytes;
  const kept = (samples - 1) * bytes;
  const total = images.reduce((sum, [columns, rows]) => sum + rows * (1 + columns * stride), 0);
  if (raw.length < total) throw new SyntaxError("it has fewer pixels than its header says (truncated)");
  const out = new Uint8Array(images.reduce((sum, [columns, rows]) => sum + rows * (1 + columns * kept), 0));
  let from = 0;
  let to = 0;
  for (const [columns, rows] of images) {
    let above = new Uint8Array(columns * stride);
    for (let row = 0; row < rows; row++) {
      const line = raw.slice(from + 1, from + 1 + columns * stride);
      unfilter(line, above, { filter: raw[from], stride });
      from += 1 + line.length;
      to++; // filter 0
      for (let x = 0; x < line.length; x += stride, to += kept) out.set(line.subarray(x, x + kept), to);
      above = line;
    }
  }
  return out;
}

function unfilter(
  line: Uint8Array,
  above: Uint8Array,
  { filter, stride }: { filter: number; stride: number },
): void {
  if (filter > 4) throw new SyntaxError(`a row has the unknown filter ${filter} (damaged)`);
  for (let i = 0; i < line.length; i++) {
    const left = i >= stride ? line[i - stride] : 0;
    const up = above[i];
    const corner = i >= stride ? above[i - stride] : 0;
    if (filter === 1) line[i] += left;
    else if (filter === 2) line[i] += up;
    else if (filter === 3) line[i] += (left + up) >> 1;
    else if (filter === 4) line[i] += paeth(left, up, corner);
  }
}

function paeth(left: number, up: number, corner: number): number {
  const guess = left + up - corner;
  const [a, b, c] = [Math.abs(guess - left), Math.abs(guess - up), Math.abs(guess - corner)];
  if (a <= b && a <= c) return left;
  return b <= c ? up : corner;
}

function chunk(type: string, data: Uint8Array): Uint8Array {
  const whole = new Uint8Array(12 + data.length);
  const view = new DataView(whole.buffer);
  view.setUint32(0, data.length);
  whole.set(new TextEncoder().encode(type), 4);
  whole.set(data, 8);
  view.setUint32(8 + data.length, crc32(whole.subarray(4, 8 + data.length)));
  return whole;
}

function join(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
