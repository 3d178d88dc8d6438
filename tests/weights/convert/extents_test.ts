import assert from "node:assert/strict";
import { Extents } from "../../../weights/convert/extents.ts";

Deno.test("Extents.match() learns letters from their first use and holds later shapes to them", () => {
  const extents = new Extents();
  assert.equal(extents.match([24, 8], ["3D", "D"]), undefined);
  assert.equal(extents.get("D"), 8);
  assert.equal(extents.match([8, 3, 16, 16], ["D", 3, "P", "P"]), undefined);
  assert.equal(extents.find("P"), 16);
  assert.equal(extents.find("Q"), undefined);
  assert.equal(extents.match([9], ["D"]), "[D = 8]");
  assert.equal(extents.match([25, 8], ["3D", "D"]), "[3D = 24, D = 8]");
  assert.equal(extents.match([8, 4], ["D", 3]), "[D = 8, 3]");
  assert.equal(extents.match([8], ["D", "H"]), "[D = 8, H]");
});

Deno.test("Extents.match() refuses extents that the factor does not divide, and 0", () => {
  const extents = new Extents();
  assert.equal(extents.match([25], ["3D"]), "[3D]");
  assert.equal(extents.match([0], ["D"]), "[D]");
  assert.throws(() => extents.get("D"), {
    message: "Cannot tell the extent D: no tensor that has it was found",
  });
});
