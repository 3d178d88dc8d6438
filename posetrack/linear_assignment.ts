/**
 * Solves the rectangular assignment problem: as many pairs as the allowed edges permit, at the least total cost.
 *
 * Shortest augmenting paths with potentials, O(n² m). Forbidden edges take part at a price that no choice of allowed
 * edges can repay, and are left out of the result.
 *
 * @param costs Row-major [rows, columns]; an edge that is not finite is forbidden.
 * @param rows Number of rows.
 * @returns Column of each row, −1 where it has none.
 * @throws {RangeError} If the costs do not fill whole rows.
 */
export function linearAssignment(costs: Float64Array, rows: number): Int32Array {
  const columns = rows === 0 ? 0 : costs.length / rows;
  if (!Number.isInteger(columns)) {
    throw new RangeError(
      `Cannot assign ${rows} rows: found ${costs.length} costs, expected a multiple of the rows`,
    );
  }
  const result = new Int32Array(rows).fill(-1);
  let largest = -1;
  for (const cost of costs) if (Number.isFinite(cost)) largest = Math.max(largest, Math.abs(cost));
  if (largest < 0) return result;
  const forbidden = 2 * Math.min(rows, columns) * (largest + 1) + 1;
  const transposed = rows > columns;
  const n = transposed ? columns : rows;
  const m = transposed ? rows : columns;
  const cost = (i: number, j: number): number => {
    const value = transposed ? costs[j * columns + i] : costs[i * columns + j];
    return Number.isFinite(value) ? value : forbidden;
  };

  // Index 0 stands for "none"; rows and columns count from 1.
  const rowPotential = new Float64Array(n + 1);
  const columnPotential = new Float64Array(m + 1);
  const rowOf = new Int32Array(m + 1);
  for (let row = 1; row <= n; row++) {
    const slack = new Float64Array(m + 1).fill(Infinity);
    const previous = new Int32Array(m + 1);
    const visited = new Uint8Array(m + 1);
    rowOf[0] = row;
    let column = 0;
    do {
      visited[column] = 1;
      const current = rowOf[column];
      let step = Infinity;
      let next = 0;
      for (let j = 1; j <= m; j++) {
        if (visited[j] === 1) continue;
        const reduced = cost(current - 1, j - 1) - rowPotential[current] - columnPotential[j];
        if (reduced < slack[j]) {
          slack[j] = reduced;
          previous[j] = column;
        }
        if (slack[j] < step) {
          step = slack[j];
          next = j;
        }
      }
      for (let j = 0; j <= m; j++) {
        if (visited[j] === 1) {
          rowPotential[rowOf[j]] += step;
          columnPotential[j] -= step;
        } else slack[j] -= step;
      }
      column = next;
    } while (rowOf[column] !== 0);
    while (column !== 0) {
      rowOf[column] = rowOf[previous[column]];
      column = previous[column];
    }
  }
  for (let j = 1; j <= m; j++) {
    if (rowOf[j] === 0) continue;
    const [row, column] = transposed ? [j - 1, rowOf[j] - 1] : [rowOf[j] - 1, j - 1];
    if (Number.isFinite(costs[row * columns + column])) result[row] = column;
  }
  return result;
}
