import { basename, dirname, join } from "node:path";
import { checkFinite } from "../check_finite.ts";
import { type OnnxFile, openOnnx } from "../onnx_reader.ts";
import { RandomAccessFile } from "../random_access_file.ts";
import { openSafetensors } from "../safetensors_reader.ts";
import type { TensorEntry, TensorFile } from "../tensor_file.ts";
import type { Checkpoint, CheckpointSettings, CheckpointTensor } from "./checkpoint.ts";
import { parseCheckpointSettings, unknownSettings } from "./checkpoint_settings.ts";
import { isParameterName, recoverOnnxNames } from "./onnx_names.ts";
import { onnxEpsilon } from "./onnx_epsilon.ts";
import { transposeMatrix } from "./transpose_matrix.ts";

/** Files that a folder is searched for, in this order. */
const folderFiles = [
  "model.safetensors",
  "model.safetensors.index.json",
  "model.onnx",
  join("onnx", "model.onnx"),
];

/**
 * Opens a checkpoint: a safetensors file, the index of a sharded one, an ONNX export, or a folder that holds one of
 * them under its usual name. Which it is shows in its contents. A `config.json` beside it is read as well.
 *
 * @param path Path of the file or folder.
 * @returns The open checkpoint; close it after use.
 * @throws {TypeError} When it is a PyTorch pickle or a folder without a checkpoint.
 * @throws {Error} Whatever `openSafetensors` and `openOnnx` throw.
 */
export async function openCheckpoint(path: string): Promise<Checkpoint> {
  const file = await findFile(path);
  const settings = await readSettings(file);
  if (await fileKind(file) === "safetensors") {
    const open = await openSafetensors(file);
    return checkpointOf(open, { settings, tensors: namesAsStored(open) });
  }
  const open = await openOnnx(file);
  try {
    const epsilon = settings.epsilon ?? onnxEpsilon(open.graph);
    return checkpointOf(open, { settings: { ...settings, epsilon }, tensors: namesAsRecovered(open) });
  } catch (error) {
    await open.close();
    throw error;
  }
}

async function findFile(path: string): Promise<string> {
  const info = await Deno.stat(path).catch(() => undefined);
  if (!info?.isDirectory) return path;
  for (const name of folderFiles) {
    const file = join(path, name);
    if ((await Deno.stat(file).catch(() => undefined))?.isFile) return file;
  }
  throw new TypeError(`Cannot use folder ${path} as a checkpoint: it has none of ${folderFiles.join(", ")}`);
}

/** Tells the formats apart by their first bytes. */
async function fileKind(path: string): Promise<"safetensors" | "onnx"> {
  await using file = await RandomAccessFile.open(path);
  const bytes = new Uint8Array(Math.min(9, file.size));
  await file.read(0, bytes);
  const start = String.fromCharCode(...bytes);
  // A zip archive, as PyTorch writes since 1.6, or a bare pickle of protocol 2 to 5.
  if (start.startsWith("PK") || (bytes[0] === 0x80 && bytes[1] >= 2 && bytes[1] <= 5)) {
    throw new TypeError(
      `Cannot use checkpoint ${path}: it is a PyTorch pickle, which can run code when it is read; save its state ` +
        `dictionary with safetensors.torch.save_file first`,
    );
  }
  return start.startsWith("{") || start[8] === "{" ? "safetensors" : "onnx";
}

async function readSettings(file: string): Promise<CheckpointSettings> {
  const folder = dirname(file);
  // Published ONNX exports lie one folder below the settings.
  const candidates = [folder, ...(basename(folder) === "onnx" ? [dirname(folder)] : [])];
  for (const candidate of candidates) {
    const path = join(candidate, "config.json");
    let text: string;
    try {
      text = await Deno.readTextFile(path);
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) continue;
      throw error;
    }
    return parseCheckpointSettings(text, path);
  }
  return unknownSettings;
}

/** Extents, axes, scales and the like have no more elements than this. */
const largestConstant = 8;

/** A tensor of a file with the name and layout of its module. */
interface TensorView {
  name: string;
  entry: TensorEntry;
  transposed: boolean;
  constant: boolean;
}

function namesAsStored(file: TensorFile): TensorView[] {
  return [...file.tensors.values()].map((entry) => ({
    name: entry.name,
    entry,
    transposed: false,
    constant: false,
  }));
}

function namesAsRecovered(file: OnnxFile): TensorView[] {
  const recovered = recoverOnnxNames(file.graph);
  const told = new Set([...recovered.values()].map(({ initializer }) => initializer));
  const views: TensorView[] = [];
  for (const [name, { initializer, transposed }] of recovered) {
    const entry = file.tensors.get(initializer);
    if (entry !== undefined) views.push({ name, entry, transposed, constant: false });
  }
  for (const entry of file.tensors.values()) {
    if (recovered.has(entry.name)) continue;
    const anonymous = !isParameterName(entry.name);
    // Whoever has a name of its own keeps it, even where another module reads the same tensor.
    if (anonymous && told.has(entry.name)) continue;
    const small = entry.shape.length < 2 && entry.shape.every((extent) => extent <= largestConstant);
    const number = small || !entry.dataType.includes("float");
    views.push({ name: entry.name, entry, transposed: false, constant: anonymous && number });
  }
  return views;
}

/** What a checkpoint is made of. */
interface CheckpointParts {
  settings: CheckpointSettings;
  tensors: readonly TensorView[];
}

function checkpointOf(file: TensorFile, { settings, tensors: views }: CheckpointParts): Checkpoint {
  const tensors = views.map(({ name, entry, transposed, constant }): [string, CheckpointTensor] => [name, {
    name,
    storedName: entry.name,
    shape: transposed ? entry.shape.toReversed() : entry.shape,
    constant,
    read: async () => {
      const values = await file.read(entry.name);
      checkFinite(values, { name: entry.name, shape: entry.shape, path: file.path });
      return transposed ? transposeMatrix(values, entry.shape[1]) : values;
    },
  }]);
  return {
    path: file.path,
    tensors: new Map(tensors),
    settings,
    close: () => file.close(),
    [Symbol.asyncDispose]: () => file.close(),
  };
}
