import type { onnx } from "onnx-proto";
import { confinedPath } from "./confined_path.ts";
import { elementCount } from "./element_type.ts";
import { readOnnxSkeleton } from "./onnx_skeleton.ts";
import { locateOnnxTensor, type OnnxTensor } from "./onnx_tensor.ts";
import { RandomAccessFile } from "./random_access_file.ts";
import { checkDestination, readElements } from "./read_elements.ts";
import { readOnnxPayload } from "./read_onnx_payload.ts";
import { findTensor, type TensorEntry, type TensorFile } from "./tensor_file.ts";

/** What wrote a model. */
export interface OnnxProducer {
  /** Name of the program; empty when it gives none. */
  name: string;
  /** Its version; empty when it gives none. */
  version: string;
}

/** An open ONNX model: its structure in memory, its tensors in the file. */
export interface OnnxFile extends TensorFile {
  /** `metadata_props`, by key. */
  readonly metadata: ReadonlyMap<string, string>;
  /** What wrote the model. */
  readonly producer: OnnxProducer;
  /** Operator set version by domain; the default domain is `""`. */
  readonly opsets: ReadonlyMap<string, number>;
  /** The graph as the protobuf library decodes it; its initializers have names and extents, not numbers. */
  readonly graph: onnx.IGraphProto;
}

/**
 * Opens an ONNX model of any size without reading its tensors.
 *
 * Everything that the file says of itself is checked before a tensor can be read: lengths against the file, bytes
 * against shapes, names for duplicates, external data for files that exist, are large enough and lie in the model's
 * folder.
 *
 * @param path Path of the `.onnx` file.
 * @returns The open model; close it after use.
 * @throws {SyntaxError} When it is not an ONNX model.
 * @throws {RangeError} When it is empty or cut short, or an extent, offset or location is out of bounds.
 * @throws {TypeError} When a tensor's shape and bytes differ, or two tensors share a name.
 */
export async function openOnnx(path: string): Promise<OnnxFile> {
  const file = await RandomAccessFile.open(path);
  try {
    const { model, payloads } = await file.exclusive(() => readOnnxSkeleton(file));
    const initializers = model.graph?.initializer ?? [];
    const tensors = new Map<string, OnnxTensor>();
    for (const [index, initializer] of initializers.entries()) {
      const tensor = locateOnnxTensor(initializer, payloads[index], path);
      if (tensors.has(tensor.entry.name)) {
        throw new TypeError(`Cannot use ONNX file ${path}: two tensors are named ${tensor.entry.name}`);
      }
      tensors.set(tensor.entry.name, tensor);
    }
    await checkExternalFiles(tensors, path);
    return new OpenOnnxFile(file, model, tensors);
  } catch (error) {
    await file.close();
    throw error;
  }
}

async function checkExternalFiles(tensors: ReadonlyMap<string, OnnxTensor>, path: string): Promise<void> {
  const sizes = new Map<string, number>();
  for (const { entry, external } of tensors.values()) {
    if (external === undefined) continue;
    const what = `tensor ${entry.name}`;
    let size = sizes.get(external.location);
    if (size === undefined) {
      await using data = await RandomAccessFile.open(
        await confinedPath(external.location, { from: path, what }),
      );
      size = data.size;
      sizes.set(external.location, size);
    }
    if (external.offset + entry.bytes > size) {
      throw new RangeError(
        `Cannot use ${what} of ${path}: bytes ${external.offset} to ${external.offset + entry.bytes} of ` +
          `${external.location}, expected them within its ${size} bytes`,
      );
    }
  }
}

class OpenOnnxFile implements OnnxFile {
  readonly path: string;
  readonly tensors: ReadonlyMap<string, TensorEntry>;
  readonly metadata: ReadonlyMap<string, string>;
  readonly producer: OnnxProducer;
  readonly opsets: ReadonlyMap<string, number>;
  readonly graph: onnx.IGraphProto;
  readonly #file: RandomAccessFile;
  readonly #located: ReadonlyMap<string, OnnxTensor>;

  constructor(file: RandomAccessFile, model: onnx.ModelProto, located: ReadonlyMap<string, OnnxTensor>) {
    this.path = file.path;
    this.tensors = new Map([...located].map(([name, { entry }]) => [name, entry]));
    this.metadata = new Map(model.metadataProps.map(({ key, value }) => [key ?? "", value ?? ""]));
    this.producer = { name: model.producerName, version: model.producerVersion };
    this.opsets = new Map(model.opsetImport.map(({ domain, version }) => [domain ?? "", Number(version)]));
    this.graph = model.graph ?? {};
    this.#file = file;
    this.#located = located;
  }

  async read(name: string): Promise<Float32Array<ArrayBuffer>> {
    const { shape } = findTensor(this, name);
    const values = new Float32Array(elementCount(shape, name));
    await this.readInto(name, values);
    return values;
  }

  async readInto(name: string, destination: Float32Array<ArrayBuffer>): Promise<void> {
    this.#file.checkOpen();
    const what = `tensor ${name} of ${this.path}`;
    const { shape, dataType: type } = findTensor(this, name);
    if (type === "other") {
      throw new TypeError(`Cannot read ${what}: its type is no number type that can be read`);
    }
    checkDestination(destination, elementCount(shape, what), what);
    const { segments = [], external } = this.#located.get(name) ?? {};
    if (external === undefined) {
      await readOnnxPayload(this.#file, { segments, type, what }, destination);
      return;
    }
    const dataPath = await confinedPath(external.location, { from: this.path, what: `tensor ${name}` });
    await using data = await RandomAccessFile.open(dataPath);
    await readElements(data, { start: external.offset, type }, destination);
  }

  close(): Promise<void> {
    return this.#file.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
