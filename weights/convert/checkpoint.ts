/** One tensor of a checkpoint, under the name that its module gives it. */
export interface CheckpointTensor {
  /** Name of the parameter in the module; recovered from the graph when the file does not keep it. */
  readonly name: string;
  /** Name in the file. */
  readonly storedName: string;
  /** Shape in the module. */
  readonly shape: readonly number[];
  /** True for a number of an ONNX graph that is nobody's weight. */
  readonly constant: boolean;
  /**
   * Reads the elements.
   *
   * @returns The elements in row-major order of `shape`.
   * @throws {RangeError} When one is not finite.
   */
  read(): Promise<Float32Array<ArrayBuffer>>;
}

/** What a checkpoint says of itself outside its tensors; undefined where it does not say. */
export interface CheckpointSettings {
  /** Kind of model, for example `"bert"`. */
  readonly modelType: string | undefined;
  /** Attention heads. */
  readonly heads: number | undefined;
  /** Epsilon of the layer normalisations. */
  readonly epsilon: number | undefined;
  /** Activation between the two linear layers of a block. */
  readonly activation: string | undefined;
  /** Kind of position embedding. */
  readonly positions: string | undefined;
  /** Crop that a pose model reads, in pixels. */
  readonly image: { height: number; width: number } | undefined;
}

/** An open checkpoint, whatever its file format. */
export interface Checkpoint extends AsyncDisposable {
  /** Path of its file. */
  readonly path: string;
  /** Tensors by module name. */
  readonly tensors: ReadonlyMap<string, CheckpointTensor>;
  /** What it says of itself. */
  readonly settings: CheckpointSettings;
  /** Closes it. */
  close(): Promise<void>;
}
