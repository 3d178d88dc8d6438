import assert from "node:assert/strict";
import { encodeJpeg, framePicture, personPicture } from "../../descriptions/picture.ts";
import { ImageDecoder } from "../../people/image_decoder.ts";
import { plainFrame } from "./made_up_clips.ts";

/** Red, green, blue of one pixel. */
const at = (
  { data, width }: { data: Uint8ClampedArray; width: number },
  x: number,
  y: number,
) => [...data.subarray(4 * (y * width + x), 4 * (y * width + x) + 3)];

Deno.test("framePicture() makes large frames smaller and leaves small ones as they are", () => {
  const large = framePicture(plainFrame(1920, 1080, [10, 200, 30]), { longSide: 512 });
  assert.deepEqual([large.width, large.height], [512, 288]);
  assert.deepEqual(at(large, 511, 287), [10, 200, 30]);
  const tall = framePicture(plainFrame(3, 900, [1, 2, 3]), { longSide: 32 });
  assert.deepEqual([tall.width, tall.height], [1, 32]);
  const small = plainFrame(40, 30, [10, 200, 30]);
  assert.deepEqual(framePicture(small, { longSide: 512 }).data, small.data);
});

Deno.test("framePicture() ignores alpha", () => {
  const clear = plainFrame(8, 6, [90, 80, 70]);
  for (let i = 3; i < clear.data.length; i += 4) clear.data[i] = 0;
  assert.deepEqual(framePicture(clear, { longSide: 64 }).data, plainFrame(8, 6, [90, 80, 70]).data);
});

Deno.test("personPicture() shows the box grown to 3:4 and then by 1.25, black beyond the frame", () => {
  // a white square of 40 px whose centre is 60, 50; as a box it grows to 50 × 66.7 px, and is shown 96 × 128
  const frame = plainFrame(200, 100, [0, 0, 255]);
  for (let y = 30; y < 70; y++) {
    for (let x = 40; x < 80; x++) frame.data.fill(255, 4 * (y * 200 + x), 4 * (y * 200 + x) + 4);
  }
  const picture = personPicture(frame, [39.5, 29.5, 40, 40], { longSide: 128 });
  assert.deepEqual([picture.width, picture.height], [96, 128]);
  assert.deepEqual(at(picture, 48, 64), [255, 255, 255]);
  // the square is 40 of 50 px wide: 76.8 of 96; and 40 of 66.7 px high: 76.8 of 128
  const whites = (cells: number[][]) => cells.filter(([red]) => red > 127).length;
  const row = Array.from({ length: 96 }, (_, x) => at(picture, x, 64));
  const column = Array.from({ length: 128 }, (_, y) => at(picture, 48, y));
  assert.ok(Math.abs(whites(row) - 76.8) <= 1, String(whites(row)));
  assert.ok(Math.abs(whites(column) - 76.8) <= 1, String(whites(column)));
  const left = row.findIndex(([red]) => red > 127);
  assert.ok(Math.abs(left - 9.6) <= 1, String(left));

  const edge = personPicture(frame, [-20, 0, 40, 100], { longSide: 128 });
  assert.deepEqual(at(edge, 0, 64), [0, 0, 0]);
  assert.deepEqual(at(edge, 60, 64), [0, 0, 255]);
});

Deno.test("personPicture() refuses boxes without any of the frame", () => {
  assert.throws(() => personPicture(plainFrame(20, 20, [0, 0, 0]), [30, 0, 5, 5], { longSide: 64 }), {
    name: "RangeError",
    message: /wholly outside the frame/,
  });
});

Deno.test("pictures of unusable sizes are refused", () => {
  for (const longSide of [0, 31, 4097, 100.5, NaN]) {
    assert.throws(() => framePicture(plainFrame(20, 20, [0, 0, 0]), { longSide }), { name: "RangeError" });
  }
});

Deno.test("encodeJpeg() writes a JPEG file of the picture", async () => {
  const picture = plainFrame(31, 17, [200, 40, 90]);
  const decoded = await new ImageDecoder().decode(await encodeJpeg(picture), "picture.jpg");
  assert.deepEqual([decoded.width, decoded.height], [31, 17]);
  for (let i = 0; i < decoded.data.length; i++) assert.ok(Math.abs(decoded.data[i] - picture.data[i]) <= 3);
});
