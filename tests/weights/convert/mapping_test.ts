import assert from "node:assert/strict";
import { expandRows } from "../../../weights/convert/mapping.ts";

const context = { prefix: "model.", layers: 2, expert: 0 };

Deno.test("expandRows() writes blocks, parameters and the prefix out, and keeps the order of rows", () => {
  const ways = expandRows([
    { to: "b.{i}.*", from: ["x.{i}.q.*", "x.{i}.e.{expert}.*"], by: "concatenateRows" },
    { to: "b.{i}.*", from: ["x.{i}.p.*"] },
    { to: "pos", from: ["@positions"] },
  ], context);
  assert.deepEqual([...ways.keys()], ["b.0.weight", "b.1.weight", "b.0.bias", "b.1.bias", "pos"]);
  assert.deepEqual(ways.get("b.1.bias"), [
    { from: ["model.x.1.q.bias", "model.x.1.e.0.bias"], by: "concatenateRows" },
    { from: ["model.x.1.p.bias"], by: "copy" },
  ]);
  assert.deepEqual(ways.get("pos"), [{ from: ["@positions"], by: "copy" }]);
});

Deno.test("expandRows() has rows of other heads only for other experts", () => {
  const rows = [{ to: "head", from: ["heads.{otherHead}.w"] }, { to: "head", from: ["head.w"] }];
  assert.equal(expandRows(rows, context).get("head")?.length, 1);
  assert.deepEqual(expandRows(rows, { ...context, expert: 3 }).get("head")?.[0].from, ["model.heads.2.w"]);
});
