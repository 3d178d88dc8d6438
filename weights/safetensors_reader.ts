import { confinedPath } from "./confined_path.ts";
import { elementCount } from "./element_type.ts";
import { RandomAccessFile } from "./random_access_file.ts";
import { checkDestination, readElements } from "./read_elements.ts";
import { readSafetensorsHeader, type SafetensorsTensor } from "./safetensors_header.ts";
import { parseSafetensorsIndex } from "./safetensors_index.ts";
import { findTensor, type TensorEntry, type TensorFile } from "./tensor_file.ts";

/** An open safetensors file, or the shards of an index, which read like one. */
export interface SafetensorsFile extends TensorFile {
  /** The `__metadata__` of the file; of all shards together for an index. */
  readonly metadata: ReadonlyMap<string, string>;
}

/** A tensor and the shard that holds it. */
interface ShardedTensor extends SafetensorsTensor {
  file: RandomAccessFile;
}

/** An index that is larger than this names more tensors than any model has. */
const largestIndexBytes = 100_000_000;

/**
 * Opens a safetensors file, or all shards of a `*.index.json`, without reading tensors. Which of the two it is shows in
 * the first bytes.
 *
 * @param path Path of the file or the index.
 * @returns The open file; close it after use.
 * @throws {SyntaxError} When it is neither.
 * @throws {RangeError} When a header or tensor reaches past the end, tensors overlap, or a shard lies outside the
 * index's folder.
 * @throws {TypeError} When a tensor's shape and bytes differ, or index and shards disagree.
 */
export async function openSafetensors(path: string): Promise<SafetensorsFile> {
  const files: RandomAccessFile[] = [];
  try {
    const file = await RandomAccessFile.open(path);
    files.push(file);
    if (!await isJson(file)) {
      const { tensors, metadata } = await readSafetensorsHeader(file);
      const located = new Map([...tensors].map(([name, tensor]) => [name, { ...tensor, file }]));
      return new OpenSafetensorsFile(path, { files, tensors: located, metadata });
    }
    const index = parseSafetensorsIndex(await readText(file), path);
    const located = new Map<string, ShardedTensor>();
    const metadata = new Map<string, string>();
    for (const [location, names] of index) {
      const shard = await RandomAccessFile.open(
        await confinedPath(location, { from: path, what: "the shard" }),
      );
      files.push(shard);
      const header = await readSafetensorsHeader(shard);
      checkShard(names, header.tensors, shard.path);
      for (const [name, tensor] of header.tensors) located.set(name, { ...tensor, file: shard });
      for (const [key, value] of header.metadata) metadata.set(key, value);
    }
    return new OpenSafetensorsFile(path, { files, tensors: located, metadata });
  } catch (error) {
    for (const file of files) await file.close();
    throw error;
  }
}

/** A header begins with a 64-bit length, whose upper bytes are 0 in any file that exists; JSON text has no zeros. */
async function isJson(file: RandomAccessFile): Promise<boolean> {
  const bytes = new Uint8Array(Math.min(8, file.size));
  await file.read(0, bytes);
  return bytes.length > 0 && !bytes.includes(0) && String.fromCharCode(...bytes).trimStart().startsWith("{");
}

async function readText(file: RandomAccessFile): Promise<string> {
  if (file.size > largestIndexBytes) {
    throw new RangeError(
      `Cannot read ${file.path}: index of ${file.size} bytes, expected ${largestIndexBytes} at most`,
    );
  }
  const bytes = new Uint8Array(file.size);
  await file.read(0, bytes);
  return new TextDecoder().decode(bytes);
}

function checkShard(
  promised: ReadonlySet<string>,
  found: ReadonlyMap<string, SafetensorsTensor>,
  path: string,
): void {
  const missing = [...promised].filter((name) => !found.has(name)).map((name) => `  missing ${name}`);
  const surplus = [...found.keys()].filter((name) => !promised.has(name)).map((name) => `  surplus ${name}`);
  if (missing.length + surplus.length === 0) return;
  throw new TypeError(
    [
      `Cannot use shard ${path}: ${missing.length} tensors missing, ${surplus.length} surplus of the ` +
      `${promised.size} that the index names for it`,
      ...missing,
      ...surplus,
    ].join("\n"),
  );
}

/** Everything an open file is made of. */
interface OpenParts {
  files: readonly RandomAccessFile[];
  tensors: ReadonlyMap<string, ShardedTensor>;
  metadata: ReadonlyMap<string, string>;
}

class OpenSafetensorsFile implements SafetensorsFile {
  readonly path: string;
  readonly tensors: ReadonlyMap<string, TensorEntry>;
  readonly metadata: ReadonlyMap<string, string>;
  readonly #files: readonly RandomAccessFile[];
  readonly #located: ReadonlyMap<string, ShardedTensor>;

  constructor(path: string, { files, tensors, metadata }: OpenParts) {
    this.path = path;
    this.tensors = new Map([...tensors].map(([name, { entry }]) => [name, entry]));
    this.metadata = metadata;
    this.#files = files;
    this.#located = tensors;
  }

  async read(name: string): Promise<Float32Array<ArrayBuffer>> {
    const { shape } = findTensor(this, name);
    const values = new Float32Array(elementCount(shape, name));
    await this.readInto(name, values);
    return values;
  }

  async readInto(name: string, destination: Float32Array<ArrayBuffer>): Promise<void> {
    const { shape } = findTensor(this, name);
    const what = `tensor ${name} of ${this.path}`;
    checkDestination(destination, elementCount(shape, what), what);
    const located = this.#located.get(name);
    if (located === undefined) return;
    await readElements(located.file, { start: located.start, type: located.entry.dataType }, destination);
  }

  async close(): Promise<void> {
    for (const file of this.#files) await file.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
