import { basename } from "node:path";
import { formatIndex, formatShape } from "./element_type.ts";
import { encodeFloat16, largestFloat16, overflowFloat16 } from "./float16.ts";
import { layOutOnnx, type OnnxModelDescription, type PlacedTensor } from "./onnx_layout.ts";
import { PartialFile } from "../files/partial_file.ts";

/** How to write. */
export interface WriteOnnxOptions {
  /**
   * True to put tensors into `<name>.onnx_data` even when the model stays under 2 GB.
   *
   * @default false
   */
  external?: boolean;
  /** Called after each tensor with the bytes written so far and in all. */
  onProgress?: (written: number, total: number) => void;
}

/** Elements that are converted to float16 at a time. */
const chunkElements = 2 ** 18;

/**
 * Writes an ONNX model piece by piece: one tensor is held at a time, and the files appear whole or not at all.
 *
 * @param path Path of the model, `<name>.onnx`; its data file, when there is one, is `<path>_data`.
 * @param model Structure and tensors.
 * @param options How to write.
 * @throws {TypeError} When tensors share a name, or one makes elements of another kind or number than it promised.
 * @throws {RangeError} When a finite value is too large for float16, or a shape is out of bounds.
 * @throws {Error} When the folder does not exist.
 */
export async function writeOnnx(
  path: string,
  model: OnnxModelDescription,
  options: WriteOnnxOptions = {},
): Promise<void> {
  const dataPath = `${path}_data`;
  const layout = layOutOnnx(model, { external: options.external ?? false, location: basename(dataPath) });
  const total = layout.modelBytes + layout.dataBytes;
  const files: PartialFile[] = [];
  try {
    // The data file moves first: a model is never there without its data.
    const dataFile = layout.dataBytes > 0 ? await PartialFile.create(dataPath) : undefined;
    if (dataFile !== undefined) files.push(dataFile);
    const modelFile = await PartialFile.create(path);
    files.push(modelFile);
    await modelFile.write(layout.head);
    let written = layout.head.length;
    let dataEnd = 0;
    for (const tensor of layout.tensors) {
      await modelFile.write(tensor.header);
      written += tensor.header.length;
      if (tensor.dataOffset === undefined || dataFile === undefined) {
        await writeElements(modelFile, tensor);
        written += tensor.bytes;
      } else {
        await dataFile.write(new Uint8Array(tensor.dataOffset - dataEnd));
        await writeElements(dataFile, tensor);
        written += tensor.dataOffset + tensor.bytes - dataEnd;
        dataEnd = tensor.dataOffset + tensor.bytes;
      }
      options.onProgress?.(written, total);
    }
    for (const file of files) await file.commit();
  } catch (error) {
    for (const file of files) await file.discard();
    throw error;
  }
}

async function writeElements(file: PartialFile, { source, count }: PlacedTensor): Promise<void> {
  const what = `tensor ${source.name} to ${file.path}`;
  const values = await source.read();
  const wanted = source.dataType === "int64" ? BigInt64Array : Float32Array;
  if (!(values instanceof wanted)) {
    throw new TypeError(
      `Cannot write ${what}: its elements are no ${wanted.name}, expected for ${source.dataType}`,
    );
  }
  if (values.length !== count) {
    throw new TypeError(
      `Cannot write ${what}: ${values.length} elements, expected ${count} for shape ${
        formatShape(source.shape)
      }`,
    );
  }
  if (source.dataType !== "float16" || !(values instanceof Float32Array)) {
    // Elements are stored as they lie in memory: every platform that Deno runs on is little-endian, as ONNX is.
    await file.write(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
    return;
  }
  const chunk = new Uint16Array(Math.min(chunkElements, count));
  for (let done = 0; done < count; done += chunkElements) {
    const part = values.subarray(done, done + chunkElements);
    const overflow = part.findIndex((value) => Math.abs(value) >= overflowFloat16 && Number.isFinite(value));
    if (overflow !== -1) {
      throw new RangeError(
        `Cannot write ${what}: ${part[overflow]} at ${
          formatIndex(done + overflow, source.shape)
        }, expected ` +
          `magnitudes up to ${largestFloat16} for float16`,
      );
    }
    const halves = chunk.subarray(0, part.length);
    encodeFloat16(part, halves);
    await file.write(new Uint8Array(halves.buffer, 0, halves.byteLength));
  }
}
