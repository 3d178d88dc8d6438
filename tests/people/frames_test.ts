import assert from "node:assert/strict";
import { join } from "node:path";
import { createCanvas } from "@napi-rs/canvas";
import type { Frame } from "../../people/frame.ts";
import { type FrameSource, openFrames } from "../../people/frames.ts";

const sample =
  new URL("../../../shared/data/posetrack18/videos/000001_mpiinew_test/", import.meta.url).pathname;
const hasSample = await Deno.stat(sample).then(() => true, () => false);
const hasFfmpeg = await new Deno.Command("ffmpeg", { args: ["-version"], stdout: "null", stderr: "null" })
  .output()
  .then(({ success }) => success, () => false);

/** A folder that is gone when the test ends. */
async function temporaryFolder(): Promise<AsyncDisposable & { path: string }> {
  const path = await Deno.makeTempDir({ prefix: "lapose-frames-" });
  return { path, [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }) };
}

/** A PNG of one colour; the red byte tells the frames apart. */
function png(red: number, { width = 8, height = 6 } = {}): Uint8Array {
  const canvas = createCanvas(width, height);
  const context = canvas.getContext("2d");
  context.fillStyle = `rgb(${red}, 20, 30)`;
  context.fillRect(0, 0, width, height);
  return canvas.toBuffer("image/png");
}

async function reds(source: FrameSource): Promise<number[]> {
  return (await Array.fromAsync(source)).map(({ data }) => data[0]);
}

async function ffmpeg(...args: string[]): Promise<void> {
  const { success, stderr } = await new Deno.Command("ffmpeg", {
    args: ["-v", "error", "-y", ...args],
    stdin: "null",
  }).output();
  assert.ok(success, new TextDecoder().decode(stderr));
}

Deno.test("openFrames() reads a folder in natural order, images only", async () => {
  await using folder = await temporaryFolder();
  const clip = join(folder.path, "my clip");
  await Deno.mkdir(join(clip, "1.png"), { recursive: true }); // a folder, whatever its name
  for (const [i, name] of ["9.png", "10.PNG", "100.jpg", ".8.png", "notes.txt", "clip.mp4"].entries()) {
    await Deno.writeFile(join(clip, name), png(10 * i));
  }
  const source = await openFrames(clip);
  assert.deepEqual(
    [source.kind, source.clip, source.length, source.names, source.frameRate],
    ["images", "my clip", 3, ["9.png", "10.PNG", "100.jpg"], undefined],
  );
  assert.deepEqual(await reds(source), [0, 10, 20]);
  assert.deepEqual(await reds(source), [0, 10, 20]); // again from the beginning
  assert.deepEqual((await Array.fromAsync(source)).map(({ name }) => name), source.names);
});

Deno.test("openFrames() reads one image, and several in the order given", async () => {
  await using folder = await temporaryFolder();
  const [a, b] = [join(folder.path, "a.png"), join(folder.path, "b.without-ending")];
  await Deno.writeFile(a, png(1));
  await Deno.writeFile(b, png(2, { width: 5, height: 7 }));
  const one = await openFrames(a);
  assert.deepEqual([one.length, one.names, one.clip], [1, ["a.png"], folder.path.split("/").at(-1)]);
  assert.deepEqual(await reds(one), [1]);
  assert.deepEqual(await reds(await openFrames(b)), [2]);
  const both = await openFrames([b, a]);
  assert.deepEqual(both.names, ["b.without-ending", "a.png"]);
  const frames = await Array.fromAsync(both);
  assert.deepEqual(frames.map(({ width, height }) => [width, height]), [[5, 7], [8, 6]]);
});

Deno.test("openFrames() names images from several folders by folder and file", async () => {
  await using folder = await temporaryFolder();
  const paths = ["x/0.png", "y/0.png"].map((path) => join(folder.path, path));
  for (const path of paths) {
    await Deno.mkdir(join(path, ".."));
    await Deno.writeFile(path, png(5));
  }
  assert.deepEqual((await openFrames(paths)).names, ["x/0.png", "y/0.png"]);
});

Deno.test("openFrames() says what is missing, empty or no image", async () => {
  await using folder = await temporaryFolder();
  const at = (name: string) => join(folder.path, name);
  const refuses = (input: string | string[], message: RegExp) =>
    assert.rejects(openFrames(input), { message });
  await refuses([], /found no path/);
  await refuses("", /found no path/);
  await refuses(at("nothing"), /nothing: it does not exist/);
  await refuses(folder.path, /Cannot read frames from folder .*: found nothing, expected images \(\.jpg/);
  await Deno.writeTextFile(at("notes.txt"), "text");
  await refuses(folder.path, /found 1 other entry, expected images/);
  await Deno.writeFile(at("0.png"), png(0));
  await Deno.writeFile(at("1.png"), new Uint8Array(0));
  await Deno.writeFile(at("2.png"), new Uint8Array(0));
  await refuses(folder.path, /1\.png is empty \(0 bytes\); .*2\.png is empty/);
  await refuses(at("1.png"), /1\.png.*empty \(0 bytes\)/);
  await refuses([at("0.png"), at("3.png")], /3\.png: it does not exist/);
  await refuses([at("0.png"), folder.path, at("notes.txt")], /is a folder; .*notes\.txt is no image/);
});

Deno.test("openFrames() names the image that is truncated, after the frames before it", async () => {
  await using folder = await temporaryFolder();
  await Deno.writeFile(join(folder.path, "0.png"), png(7));
  await Deno.writeFile(join(folder.path, "1.png"), png(8).slice(0, 60));
  const seen: number[] = [];
  await assert.rejects(async () => {
    for await (const { data } of await openFrames(folder.path)) seen.push(data[0]);
  }, { message: /Cannot decode image .*1\.png: it ends before its last chunk \(truncated\)/ });
  assert.deepEqual(seen, [7]);
});

/** Frames of a video: every pixel's bytes tell the frame's number and place. */
function videoBytes(count: number, { width, height }: { width: number; height: number }): Uint8Array {
  const bytes = new Uint8Array(4 * width * height * count);
  for (let i = 0; i < bytes.length; i += 4) {
    const frame = Math.floor(i / (4 * width * height));
    const pixel = (i / 4) % (width * height);
    bytes.set([10 * frame, pixel % width, Math.floor(pixel / width), 255], i);
  }
  return bytes;
}

for (
  const [ending, codec] of [["mov", ["png"]], ["mkv", ["ffv1", "-pix_fmt", "bgra"]], ["avi", [
    "png",
  ]]] as const
) {
  Deno.test({
    name: `openFrames() reads every pixel of a lossless .${ending}, ffmpeg`,
    ignore: !hasFfmpeg,
    async fn() {
      await using folder = await temporaryFolder();
      const size = { width: 22, height: 14 };
      const bytes = videoBytes(7, size);
      const [raw, file] = [join(folder.path, "raw"), join(folder.path, `-a:clip.${ending}`)];
      await Deno.writeFile(raw, bytes);
      await ffmpeg(
        "-f",
        "rawvideo",
        "-pix_fmt",
        "rgba",
        "-s",
        "22x14",
        "-r",
        "25",
        "-i",
        raw,
        "-c:v",
        ...codec,
        `file:${file}`,
      );
      const source = await openFrames(file);
      assert.deepEqual([source.kind, source.clip, source.frameRate, source.names], [
        "video",
        "-a:clip",
        25,
        [],
      ]);
      assert.equal(source.length, 7);
      const frames = await Array.fromAsync(source);
      const expected = Array.from({ length: 7 }, (_, i): Frame => ({
        ...size,
        data: new Uint8ClampedArray(bytes.subarray(i * 4 * 22 * 14, (i + 1) * 4 * 22 * 14)),
        name: `00000${i}`,
      }));
      assert.deepEqual(frames, expected);
    },
  });
}

Deno.test({
  name: "openFrames() applies a video's rotation, ffmpeg",
  ignore: !hasFfmpeg,
  async fn() {
    await using folder = await temporaryFolder();
    const [raw, file] = [join(folder.path, "raw"), join(folder.path, "turned.mov")];
    await Deno.writeFile(raw, videoBytes(2, { width: 22, height: 14 }));
    await ffmpeg(
      "-f",
      "rawvideo",
      "-pix_fmt",
      "rgba",
      "-s",
      "22x14",
      "-r",
      "25",
      "-i",
      raw,
      "-c:v",
      "png",
      file,
    );
    // the track header's matrix: a quarter turn clockwise, x' = -y, y' = x in 16.16 (2.30 for the last) fixed point
    const bytes = await Deno.readFile(file);
    const name = [..."tkhd"].map((letter) => letter.charCodeAt(0));
    const at = bytes.findIndex((_, i) => name.every((code, j) => bytes[i + j] === code));
    const view = new DataView(bytes.buffer, at + 44);
    [0, 0x10000, 0, -0x10000, 0, 0, 14 * 0x10000, 0, 0x40000000].forEach((value, i) =>
      view.setInt32(4 * i, value)
    );
    await Deno.writeFile(file, bytes);
    const [frame] = await Array.fromAsync(await openFrames(file));
    assert.deepEqual([frame.width, frame.height], [14, 22]);
    // the stored bottom left pixel (0, 13) is now the top left one, the top left one (0, 0) the top right one
    assert.deepEqual([...frame.data.subarray(0, 3)], [0, 0, 13]);
    assert.deepEqual([...frame.data.subarray(4 * 13, 4 * 13 + 3)], [0, 0, 0]);
  },
});

Deno.test({
  name: "openFrames() gives each frame of an uneven video once, ffmpeg",
  ignore: !hasFfmpeg,
  async fn() {
    await using folder = await temporaryFolder();
    const [raw, file] = [join(folder.path, "raw"), join(folder.path, "uneven.mkv")];
    await Deno.writeFile(raw, videoBytes(6, { width: 22, height: 14 }));
    const uneven = "setpts=(N+20*gte(N\\,3)+40*gte(N\\,5))/(25*TB)";
    await ffmpeg(
      ...["-f", "rawvideo", "-pix_fmt", "rgba", "-s", "22x14", "-r", "25", "-i", raw],
      ...["-vf", uneven, "-c:v", "ffv1", "-pix_fmt", "bgra", file],
    );
    assert.deepEqual(await reds(await openFrames(file)), [0, 10, 20, 30, 40, 50]);
  },
});

Deno.test({
  name: "openFrames() ends ffmpeg when the iteration is broken off, ffmpeg",
  ignore: !hasFfmpeg,
  async fn() {
    await using folder = await temporaryFolder();
    const file = join(folder.path, "long.mp4");
    await ffmpeg("-f", "lavfi", "-i", "testsrc=s=320x240:r=25:d=20", "-c:v", "mpeg4", file);
    const source = await openFrames(file);
    assert.equal(source.length, 500);
    let count = 0;
    // a process or a stream left over would fail the test by itself
    for await (const _ of source) if (++count === 3) break;
    assert.equal(count, 3);
    await assert.rejects(async () => {
      for await (const _ of source) throw new Error("consumer's own");
    }, { message: "consumer's own" });
  },
});

Deno.test({
  name: "openFrames() tells ffmpeg's reason when a video cannot be read, ffmpeg",
  ignore: !hasFfmpeg,
  async fn() {
    await using folder = await temporaryFolder();
    const at = (name: string) => join(folder.path, name);
    await Deno.writeTextFile(at("notes.mp4"), "This is no video.\n".repeat(50));
    await assert.rejects(openFrames(at("notes.mp4")), {
      message:
        /^Cannot read video notes\.mp4: .*Invalid data found.*, expected a video that ffmpeg can decode$/,
    });
    await ffmpeg("-f", "lavfi", "-i", "sine=d=1", at("sound.wav"));
    await assert.rejects(openFrames(at("sound.wav")), { message: /sound\.wav: it has no video stream/ });
    await ffmpeg("-f", "lavfi", "-i", "testsrc=s=64x48:r=25:d=1", "-c:v", "mpeg4", at("whole.mp4"));
    const whole = await Deno.readFile(at("whole.mp4"));
    await Deno.writeFile(at("cut.mp4"), whole.slice(0, whole.length / 2)); // its index stood at the end
    await assert.rejects(openFrames(at("cut.mp4")), {
      message: /cut\.mp4: .*moov atom not found|Invalid data/,
    });
    await Deno.writeFile(at("empty.mp4"), new Uint8Array(0));
    await assert.rejects(openFrames(at("empty.mp4")), { message: /empty\.mp4: it is empty \(0 bytes\)/ });
  },
});

Deno.test("openFrames() says what to install when ffmpeg is not on the PATH", async () => {
  await using folder = await temporaryFolder();
  const file = join(folder.path, "clip.mp4");
  await Deno.writeTextFile(file, "anything");
  const path = Deno.env.get("PATH");
  Deno.env.set("PATH", folder.path);
  try {
    await assert.rejects(openFrames(file), {
      message: /Cannot read video clip\.mp4: ffprobe is not on the PATH, expected .*apt-get install ffmpeg/,
    });
  } finally {
    if (path !== undefined) Deno.env.set("PATH", path);
  }
});

for (const kind of ["images", "video"] as const) {
  Deno.test({
    name: `openFrames() and windows() keep memory flat over 300 ${
      kind === "video" ? "frames, ffmpeg" : "images"
    }, Linux`,
    ignore: Deno.build.os !== "linux" || (kind === "video" && !hasFfmpeg),
    async fn() {
      await using folder = await temporaryFolder();
      const at = (name: string) => join(folder.path, name);
      await Deno.writeFile(at("frame.png"), png(9, { width: 720, height: 480 }));
      if (kind === "video") {
        await ffmpeg("-f", "lavfi", "-i", "testsrc=s=720x480:r=25:d=12", "-c:v", "mpeg4", at("clip.mp4"));
      }
      const people = new URL("../../people/", import.meta.url);
      const input = kind === "video" ? at("clip.mp4") : Array(300).fill(at("frame.png"));
      const script = `
        import { openFrames } from "${people}frames.ts";
        import { releaseFrame } from "${people}frame.ts";
        import { windows } from "${people}window.ts";
        const peak = () => Number(Deno.readTextFileSync("/proc/self/status").match(/VmHWM:\\s+(\\d+) kB/)[1]) / 1024;
        const peaks = [];
        for await (const _ of windows(await openFrames(${
        JSON.stringify(input)
      }), 1, { release: releaseFrame })) {
          peaks.push(peak());
        }
        console.log(JSON.stringify([peaks.length, peaks[49], peaks[299]]));`;
      await Deno.writeTextFile(at("loop.ts"), script);
      const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
        args: [
          "run",
          "-A",
          "--no-check",
          `--config=${join(import.meta.dirname!, "../../deno.json")}`,
          at("loop.ts"),
        ],
        env: { NO_COLOR: "1" },
      }).output();
      const output = new TextDecoder().decode(stdout);
      assert.match(output, /^\[300,/, new TextDecoder().decode(stderr));
      const [, early, late] = JSON.parse(output);
      // one frame is 1.3 MiB: holding on to them would cost 330 MiB
      assert.ok(late - early <= 25, `peak grew from ${early} to ${late} MiB between frames 50 and 300`);
    },
  });
}

Deno.test({
  name: "openFrames() reads the PoseTrack sample as images and as video",
  ignore: !hasSample || !hasFfmpeg,
  async fn() {
    const images = await openFrames(sample);
    assert.deepEqual([images.length, images.clip], [5, "000001_mpiinew_test"]);
    const video = await openFrames(join(sample, "000001_mpiinew_test.mp4"));
    assert.deepEqual([video.length, video.frameRate, video.clip], [5, 30, "000001_mpiinew_test"]);
    const [a, b] = [await Array.fromAsync(images), await Array.fromAsync(video)];
    assert.equal(b.length, 5);
    a.forEach((frame, i) => {
      assert.deepEqual([frame.width, frame.height, b[i].width, b[i].height], [1280, 720, 1280, 720]);
      let difference = 0;
      for (let j = 0; j < frame.data.length; j++) difference += Math.abs(frame.data[j] - b[i].data[j]);
      // the video is the same pictures, compressed once more
      assert.ok(
        difference / frame.data.length <= 6,
        `frame ${i}: mean difference ${difference / frame.data.length}`,
      );
    });
  },
});
