import assert from "node:assert/strict";
import { linearAssignment } from "../../posetrack/linear_assignment.ts";

/** Most pairs first, then least cost, by trying everything. */
function bruteForce(costs: Float64Array, rows: number, columns: number): { pairs: number; cost: number } {
  let best = { pairs: 0, cost: 0 };
  const visit = (row: number, used: number, pairs: number, cost: number) => {
    if (row === rows) {
      if (pairs > best.pairs || (pairs === best.pairs && cost < best.cost)) best = { pairs, cost };
      return;
    }
    visit(row + 1, used, pairs, cost);
    for (let column = 0; column < columns; column++) {
      const value = costs[row * columns + column];
      if ((used >> column) & 1 || !Number.isFinite(value)) continue;
      visit(row + 1, used | (1 << column), pairs + 1, cost + value);
    }
  };
  visit(0, 0, 0, 0);
  return best;
}

Deno.test("linearAssignment() is as good as trying everything", () => {
  let state = 7;
  const random = () => (state = (state * 48271) % 2147483647) / 2147483647;
  for (let trial = 0; trial < 300; trial++) {
    const rows = 1 + Math.floor(5 * random());
    const columns = 1 + Math.floor(5 * random());
    const forbidden = random();
    const costs = Float64Array.from(
      { length: rows * columns },
      () => random() < forbidden ? NaN : random() / 2,
    );
    const result = linearAssignment(costs, rows);
    const wanted = bruteForce(costs, rows, columns);
    const pairs = [...result.entries()].filter(([, column]) => column >= 0);
    assert.equal(new Set(pairs.map(([, column]) => column)).size, pairs.length);
    const cost = pairs.reduce((sum, [row, column]) => sum + costs[row * columns + column], 0);
    assert.equal(pairs.length, wanted.pairs, `trial ${trial}`);
    assert.ok(Math.abs(cost - wanted.cost) <= 1e-12, `trial ${trial}: ${cost}, expected ${wanted.cost}`);
  }
});

Deno.test("linearAssignment() of nothing, of forbidden edges, of half a row", () => {
  assert.deepEqual([...linearAssignment(new Float64Array(0), 0)], []);
  assert.deepEqual([...linearAssignment(new Float64Array(0), 2)], [-1, -1]);
  assert.deepEqual([...linearAssignment(new Float64Array(4).fill(NaN), 2)], [-1, -1]);
  assert.throws(() => linearAssignment(new Float64Array(5), 2), {
    name: "RangeError",
    message: "Cannot assign 2 rows: found 5 costs, expected a multiple of the rows",
  });
});
