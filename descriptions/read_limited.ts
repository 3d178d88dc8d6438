import { DescriptionError } from "./description_error.ts";

/**
 * Hands the bytes of a body on, and stops where it grows too large: a server that never ends must not fill memory.
 *
 * @param response The response; its body is ended when the reading stops early.
 * @param limit Most bytes.
 * @returns Pieces as they come.
 * @throws {DescriptionError} If there are more bytes.
 */
export async function* limitedBody(
  response: Response,
  limit: number,
): AsyncGenerator<Uint8Array, void, undefined> {
  if (response.body === null) return;
  let length = 0;
  for await (const piece of response.body) {
    length += piece.length;
    if (length > limit) throw new DescriptionError(`the answer is larger than ${formatBytes(limit)}`);
    yield piece;
  }
}

/**
 * Reads a whole body as text.
 *
 * @param response The response.
 * @param limit Most bytes.
 * @returns The text.
 * @throws {DescriptionError} If there are more bytes, or they are not UTF-8.
 */
export async function readText(response: Response, limit: number): Promise<string> {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let text = "";
  for await (const piece of limitedBody(response, limit)) text += decode(decoder, piece);
  return text + decode(decoder);
}

/**
 * Decodes a piece of UTF-8.
 *
 * @param decoder A decoder that is fatal.
 * @param piece Bytes; without them the text ends.
 * @returns The text so far complete.
 * @throws {DescriptionError} If the bytes are not UTF-8.
 */
export function decode(decoder: TextDecoder, piece?: Uint8Array): string {
  try {
    return piece ? decoder.decode(piece, { stream: true }) : decoder.decode();
  } catch {
    throw new DescriptionError("the answer is not UTF-8 text");
  }
}

function formatBytes(bytes: number): string {
  return bytes >= 2 ** 20 ? `${bytes / 2 ** 20} MB` : `${bytes} bytes`;
}
