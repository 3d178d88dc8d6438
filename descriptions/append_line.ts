import { isHalfWritten, parseDescription } from "./description.ts";

const lineFeed = 10;

/**
 * Appends one line to a file of descriptions, wholly or not at all, and puts it on the disk. Other processes that
 * append to the same file wait meanwhile; half a line at the end, which a killed process left, is cut off.
 *
 * @param path Path of the file; it is made if it is absent.
 * @param line The line, without a line end.
 * @param onNotice Hears of half a line that was cut off.
 * @throws {SyntaxError} If the file ends in something that is neither a description nor half of one.
 * @throws {Error} If it cannot be written; the file is then as it was.
 */
export async function appendLine(
  path: string,
  line: string,
  onNotice: (text: string) => void,
): Promise<void> {
  const bytes = new TextEncoder().encode(`${line}\n`);
  using file = await Deno.open(path, { read: true, write: true, create: true });
  await file.lock(true);
  try {
    const end = await cleanEnd(file, path, onNotice);
    await file.truncate(end);
    await file.seek(end, Deno.SeekMode.Start);
    try {
      for (let written = 0; written < bytes.length;) written += await file.write(bytes.subarray(written));
      await file.syncData();
    } catch (error) {
      await file.truncate(end);
      throw new Error(
        `Cannot write descriptions ${path}: ${error instanceof Error ? error.message : error}`,
        {
          cause: error,
        },
      );
    }
  } finally {
    await file.unlock();
  }
}

/** Where the next line goes: behind the last line feed, which a whole last line is given if it lacks one. */
async function cleanEnd(file: Deno.FsFile, path: string, onNotice: (text: string) => void): Promise<number> {
  const { size } = await file.stat();
  const tail = await tailBehindLineFeed(file, size);
  if (tail.length === 0) return size;
  const line = new TextDecoder().decode(tail);
  try {
    if (line.trim() !== "") parseDescription(line);
  } catch {
    if (!isHalfWritten(line)) {
      throw new SyntaxError(`Cannot write descriptions ${path}: its last line is no description`);
    }
    onNotice(`cut off half a line at the end of ${path}: ${line.slice(0, 80)}`);
    return size - tail.length;
  }
  await file.seek(size, Deno.SeekMode.Start);
  await file.write(new Uint8Array([lineFeed]));
  return size + 1;
}

/** The bytes behind the last line feed. */
async function tailBehindLineFeed(file: Deno.FsFile, size: number): Promise<Uint8Array> {
  let tail = new Uint8Array(0);
  for (let start = size; start > 0;) {
    const length = Math.min(start, 4096);
    start -= length;
    const block = new Uint8Array(length);
    await file.seek(start, Deno.SeekMode.Start);
    for (let read = 0; read < length;) {
      const count = await file.read(block.subarray(read));
      if (count === null) break;
      read += count;
    }
    const at = block.lastIndexOf(lineFeed);
    const kept = block.subarray(at + 1);
    const joined = new Uint8Array(kept.length + tail.length);
    joined.set(kept);
    joined.set(tail, kept.length);
    tail = joined;
    if (at >= 0) break;
  }
  return tail;
}
