import type { Frame } from "./frame.ts";

/**
 * Reads frames from a stream of PAM pictures with RGBA pixels, one after another, as ffmpeg writes them. Each
 * picture says its own size, so that rotation and cropping done by the writer need no second source.
 *
 * @param stream The bytes; pixels are read from it straight into the frame.
 * @returns The frames, each in memory of its own; breaking off cancels the stream.
 * @throws {SyntaxError} If the stream is no PAM or ends within a picture.
 */
export async function* pamFrames(stream: ReadableStream<Uint8Array>): AsyncGenerator<Frame, void, undefined> {
  const reader = stream.getReader({ mode: "byob" });
  /** Reads until `length` bytes are there or the stream ends; gives the bytes that came. */
  const read = async (length: number) => {
    let buffer = new ArrayBuffer(length);
    let at = 0;
    while (at < length) {
      const { value, done } = await reader.read(new Uint8Array(buffer, at, length - at));
      if (value) buffer = value.buffer;
      if (done) break;
      at += value.length;
    }
    return { buffer, length: at };
  };
  try {
    for (;;) {
      const header = await readHeader(read);
      if (!header) return;
      const { width, height } = parseHeader(header);
      const { buffer, length } = await read(4 * width * height);
      if (length < 4 * width * height) throw new SyntaxError("the pictures end within a picture");
      yield { width, height, data: new Uint8ClampedArray(buffer) };
    }
  } finally {
    await reader.cancel();
  }
}

/** Shortest header there is: sizes of one digit, no tuple type. */
const shortest = "P7\nWIDTH 1\nHEIGHT 1\nDEPTH 4\nMAXVAL 255\nENDHDR\n".length;

/** The text up to the end of the header's last line; undefined at the end of the stream. */
async function readHeader(
  read: (length: number) => Promise<{ buffer: ArrayBuffer; length: number }>,
): Promise<string | undefined> {
  let header = "";
  while (!header.endsWith("ENDHDR\n")) {
    const wanted = header === "" ? shortest : 1;
    const { buffer, length } = await read(wanted);
    header += String.fromCharCode(...new Uint8Array(buffer, 0, length));
    if (length < wanted) {
      if (header === "") return undefined;
      throw new SyntaxError("the pictures end within a header");
    }
    if (header.length > 200) throw new SyntaxError("the pictures are not in PAM form");
  }
  return header;
}

function parseHeader(header: string): { width: number; height: number } {
  const field = (name: string) => Number(header.match(new RegExp(`^${name} (\\d+)$`, "m"))?.[1]);
  const [width, height] = [field("WIDTH"), field("HEIGHT")];
  if (
    !header.startsWith("P7\n") || field("DEPTH") !== 4 || field("MAXVAL") !== 255 || !(width * height > 0)
  ) {
    throw new SyntaxError("the pictures are not in PAM form with 8-bit RGBA");
  }
  return { width, height };
}
