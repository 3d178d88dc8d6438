/** Width in bytes of every element type that can be read. */
const widths = {
  float32: 4,
  float16: 2,
  bfloat16: 2,
  float64: 8,
  int8: 1,
  int16: 2,
  int32: 4,
  int64: 8,
  uint8: 1,
  uint16: 2,
  uint32: 4,
  uint64: 8,
  bool: 1,
} as const;

/** Type of the stored elements of a tensor. */
export type ElementType = keyof typeof widths;

/**
 * Width of one element.
 *
 * @param type Element type.
 * @returns Width in bytes.
 */
export function elementBytes(type: ElementType): number {
  return widths[type];
}

/**
 * Number of elements of a tensor.
 *
 * @param shape Extents; empty for a scalar.
 * @param tensor What to call the tensor in an error, for example `"tensor a.weight of model.onnx"`.
 * @returns The product of the extents; 1 for a scalar.
 * @throws {RangeError} When an extent is negative, fractional or unsafe, or the product is too large to count.
 */
export function elementCount(shape: readonly number[], tensor: string): number {
  let count = 1;
  for (const extent of shape) {
    if (!Number.isSafeInteger(extent) || extent < 0) {
      throw new RangeError(
        `Cannot use ${tensor}: extent ${extent} in shape ${formatShape(shape)}, expected 0 or more`,
      );
    }
    count *= extent;
  }
  if (!Number.isSafeInteger(count * 8)) {
    throw new RangeError(
      `Cannot use ${tensor}: shape ${formatShape(shape)} has more elements than can be addressed`,
    );
  }
  return count;
}

/**
 * Prints a shape the way every message here does.
 *
 * @param shape Extents.
 * @returns For example `"[2, 192, 768]"`.
 */
export function formatShape(shape: readonly number[]): string {
  return `[${shape.join(", ")}]`;
}

/**
 * Prints the multi-index of an element.
 *
 * @param index Position in row-major order.
 * @param shape Extents of the tensor.
 * @returns For example `"[1, 0, 5]"`.
 */
export function formatIndex(index: number, shape: readonly number[]): string {
  const indices = [];
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    indices.unshift(index % shape[axis]);
    index = Math.floor(index / shape[axis]);
  }
  return formatShape(indices);
}
