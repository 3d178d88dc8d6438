import assert from "node:assert/strict";
import { transposeMatrix } from "../../../weights/convert/transpose_matrix.ts";

Deno.test("transposeMatrix() moves every element, below, at and above the tile", () => {
  for (const [rows, columns] of [[1, 1], [1, 7], [31, 33], [32, 32], [65, 3], [97, 70]]) {
    const matrix = Float32Array.from({ length: rows * columns }, (_, index) => index);
    const transposed = transposeMatrix(matrix, columns);
    assert.equal(transposed.length, matrix.length);
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++) {
        assert.equal(transposed[column * rows + row], matrix[row * columns + column]);
      }
    }
  }
});
