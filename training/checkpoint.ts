/** Checkpoints: all that training needs to go on bit for bit, in one file that appears whole or not at all. */
import { PartialFile } from "../files/partial_file.ts";

/** Where a training stands. */
export interface TrainingProgress {
  /** Epoch in work, from 0. */
  epoch: number;
  /** Steps of that epoch that are done. */
  stepInEpoch: number;
  /** Steps of the whole training that are done. */
  step: number;
  /** Best validation so far, in percent; −1 before the first. */
  best: number;
}

/** A checkpoint. */
export interface Checkpoint {
  /** Where the training stands. */
  progress: TrainingProgress;
  /** What the values belong to: settings that must not change between runs. */
  identity: string;
  /** Values and both moments. */
  state: Record<"values" | "first" | "second", Float32Array<ArrayBuffer>>;
}

const magic = "LAPOSE-TRAINING-1\n";
const buffers = ["values", "first", "second"] as const;

/**
 * Writes a checkpoint.
 *
 * @param path The file; one that is there is replaced.
 * @param checkpoint What to keep.
 */
export async function writeCheckpoint(
  path: string,
  { progress, identity, state }: Checkpoint,
): Promise<void> {
  const header = JSON.stringify({ progress, identity, count: state.values.length });
  const file = await PartialFile.create(path);
  try {
    await file.write(`${magic}${header}\n`);
    for (const name of buffers) await file.write(new Uint8Array(state[name].buffer));
    await file.commit();
  } catch (error) {
    await file.discard();
    throw error;
  }
}

/**
 * Reads a checkpoint.
 *
 * @param path The file.
 * @returns The checkpoint.
 * @throws {SyntaxError} When the file is no checkpoint, or not whole.
 */
export async function readCheckpoint(path: string): Promise<Checkpoint> {
  const bytes = await Deno.readFile(path);
  const refuse = (reason: string) => new SyntaxError(`Cannot read checkpoint ${path}: ${reason}`);
  const decoder = new TextDecoder();
  if (decoder.decode(bytes.subarray(0, magic.length)) !== magic) throw refuse("it is of another kind");
  const end = bytes.indexOf(10, magic.length);
  const { progress, identity, count } = JSON.parse(decoder.decode(bytes.subarray(magic.length, end)));
  if (bytes.length !== end + 1 + buffers.length * count * 4) {
    throw refuse(`${bytes.length} bytes, expected ${end + 1 + buffers.length * count * 4}`);
  }
  const [values, first, second] = buffers.map((_, i) => {
    const start = end + 1 + i * count * 4;
    return new Float32Array(bytes.slice(start, start + count * 4).buffer);
  });
  return { progress, identity, state: { values, first, second } };
}
