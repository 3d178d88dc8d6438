/** Rows and columns that are moved together, so that both sides stay in cache. */
const tile = 32;

/**
 * Transposes a matrix.
 *
 * @param matrix Elements, row-major.
 * @param columns Columns of the matrix.
 * @returns The elements of its transpose, row-major.
 */
export function transposeMatrix(matrix: Float32Array, columns: number): Float32Array<ArrayBuffer> {
  const rows = matrix.length / columns;
  const transposed = new Float32Array(matrix.length);
  for (let rowStart = 0; rowStart < rows; rowStart += tile) {
    const rowEnd = Math.min(rows, rowStart + tile);
    for (let columnStart = 0; columnStart < columns; columnStart += tile) {
      const columnEnd = Math.min(columns, columnStart + tile);
      for (let row = rowStart; row < rowEnd; row++) {
        for (let column = columnStart; column < columnEnd; column++) {
          transposed[column * rows + row] = matrix[row * columns + column];
        }
      }
    }
  }
  return transposed;
}
