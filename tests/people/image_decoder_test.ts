import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { ImageDecoder } from "../../people/image_decoder.ts";
import { imageKind } from "../../people/image_container.ts";
import expected from "../golden/images/expected.json" with { type: "json" };

const folder = new URL("../golden/images/", import.meta.url);
const read = (name: string) => Deno.readFileSync(new URL(name, folder));

for (const [name, { width, height, bound, rgb }] of Object.entries(expected)) {
  Deno.test(`ImageDecoder.decode() reads ${name} as Pillow does`, async () => {
    const frame = await new ImageDecoder().decode(read(name), name);
    assert.deepEqual([frame.width, frame.height, frame.name], [width, height, name]);
    const bytes = Uint8Array.fromBase64(rgb);
    assert.equal(frame.data.length, 4 * width * height);
    for (let i = 0; i < width * height; i++) {
      for (let c = 0; c < 3; c++) {
        const error = Math.abs(frame.data[4 * i + c] - bytes[3 * i + c]);
        assert.ok(
          error <= bound,
          `pixel ${i % width}, ${Math.floor(i / width)}, channel ${c}: off by ${error}`,
        );
      }
      assert.equal(frame.data[4 * i + 3], 255);
    }
  });
}

Deno.test("ImageDecoder.decodeFile() gives the same frames as decode(), one file after another", async () => {
  const decoder = new ImageDecoder();
  for (const name of ["rgb.png", "rgba.webp", "rgb.bmp", "rgba.png", "plain.jpg", "grey.jpg"]) {
    const path = fileURLToPath(new URL(name, folder));
    const { width, height, data } = await new ImageDecoder().decode(read(name), name);
    assert.deepEqual(await decoder.decodeFile(path), { width, height, data, name: path });
  }
  await assert.rejects(decoder.decodeFile(fileURLToPath(new URL("none.png", folder))), Deno.errors.NotFound);
});

Deno.test("ImageDecoder.decode() keeps nothing of the file before", async () => {
  const decoder = new ImageDecoder();
  for (const name of ["rgb.png", "rgba.webp", "rgb.bmp", "rgba.png", "plain.jpg", "grey.jpg"] as const) {
    const { data } = await decoder.decode(read(name), name);
    const alone = await new ImageDecoder().decode(read(name), name);
    assert.deepEqual(data, alone.data);
  }
});

for (const name of ["rgb.png", "plain.jpg", "progressive.jpg", "rgb.webp", "lossy_alpha.webp", "rgb.bmp"]) {
  Deno.test(`ImageDecoder.decode() refuses ${name} cut short anywhere, by name`, async () => {
    const bytes = read(name);
    const decoder = new ImageDecoder();
    for (const part of [0.05, 0.3, 0.6, 0.9, 0.999]) {
      const cut = bytes.slice(0, Math.min(Math.floor(part * bytes.length), bytes.length - 2));
      await assert.rejects(decoder.decode(cut, "clip/000007.xyz"), {
        name: "SyntaxError",
        message: /^Cannot decode image clip\/000007\.xyz: it .*(truncated|JPEG, PNG, WebP)/,
      }, `cut at ${part}`);
    }
    assert.equal((await decoder.decode(bytes, name)).width > 0, true); // still of use afterwards
  });
}

Deno.test("ImageDecoder.decode() refuses empty, foreign and damaged files by name", async () => {
  const decoder = new ImageDecoder();
  const decode = (bytes: Uint8Array) => decoder.decode(bytes, "a.jpg");
  const refuses = (bytes: Uint8Array, message: RegExp) =>
    assert.rejects(decode(bytes), { name: "SyntaxError", message });
  await refuses(new Uint8Array(0), /^Cannot decode image a\.jpg: it is empty \(0 bytes\)/);
  await refuses(
    new TextEncoder().encode("<svg xmlns='http://www.w3.org/2000/svg'/>"),
    /neither JPEG, PNG, WebP nor BMP/,
  );
  await refuses(new TextEncoder().encode("GIF89a etc. etc."), /neither JPEG/);
  const damaged = read("rgb.png");
  damaged[60] ^= 0x10;
  await refuses(damaged, /checksum of its "IDAT" chunk is wrong/);
  const hollow = read("plain.jpg");
  hollow.fill(0, 200, hollow.length - 2);
  await refuses(hollow, /cannot be decoded \(damaged\)/);
});

Deno.test("imageKind() goes by content", () => {
  const kinds = ["rgb.png", "plain.jpg", "rgb.webp", "rgb.bmp"].map((name) => imageKind(read(name)));
  assert.deepEqual(kinds, ["PNG", "JPEG", "WebP", "BMP"]);
  assert.equal(imageKind(new TextEncoder().encode("RIFF1234AVI LIST")), undefined);
  assert.equal(imageKind(new Uint8Array(0)), undefined);
});
