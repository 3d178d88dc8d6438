/** A float tensor that is made when it is asked for, so that a writer holds one at a time. */
export interface FloatTensorSource {
  /** Full name. */
  readonly name: string;
  /** Extents, outermost first. */
  readonly shape: readonly number[];
  /** Type to store; float32 values are rounded to float16 when that is wanted. */
  readonly dataType: "float32" | "float16";
  /**
   * Makes the elements.
   *
   * @returns The elements in row-major order; the caller may keep or change them.
   */
  read(): Promise<Float32Array<ArrayBuffer>>;
}

/** An integer tensor, for example the shape constants of a graph. */
export interface IntegerTensorSource {
  /** Full name. */
  readonly name: string;
  /** Extents, outermost first. */
  readonly shape: readonly number[];
  /** Type to store. */
  readonly dataType: "int64";
  /**
   * Makes the elements.
   *
   * @returns The elements in row-major order.
   */
  read(): Promise<BigInt64Array<ArrayBuffer>>;
}

/** A tensor to be written. */
export type TensorSource = FloatTensorSource | IntegerTensorSource;
