/** `pose` on video files. */
import assert from "node:assert/strict";
import { parsePoses, peoplePerImage } from "./poses_form.ts";
import { entriesOf, hasProgram, runCli, workplace } from "./run_cli.ts";

const ffmpeg = await hasProgram("ffmpeg", "-version");

/** The clip's frames without loss, so that what is posed is what the images hold. */
async function encodeVideo(folder: string, name: string, codec: readonly string[]): Promise<void> {
  const args = [
    "-v",
    "error",
    "-framerate",
    "25",
    "-start_number",
    "0",
    "-i",
    "clip/%d.png",
    ...codec,
    `file:${name}`,
  ];
  const { success, stderr } = await new Deno.Command("ffmpeg", { args, cwd: folder }).output();
  assert.ok(success, new TextDecoder().decode(stderr));
}

Deno.test({
  name: "pose of a video without loss equals pose of its frames",
  ignore: !ffmpeg,
  async fn() {
    await using place = await workplace({ frames: 7 });
    await encodeVideo(place.path, "clip.mkv", ["-c:v", "ffv1", "-pix_fmt", "bgr0"]);
    const options = ["--weights", "small.onnx", "--json", "--quiet", "--device", "webgpu"];
    const video = await place.run("pose", "clip.mkv", ...options);
    assert.equal(video.status, 0, video.stderr);
    const folder = await place.run("pose", "clip", ...options);
    const [a, b] = [parsePoses(video.stdout), parsePoses(folder.stdout)];
    assert.deepEqual(a.images.map(({ file_name }) => file_name), [
      ...Array.from({ length: 7 }, (_, i) => `clip/00000${i}`),
    ]);
    assert.deepEqual(peoplePerImage(a), new Array(7).fill(1));
    assert.deepEqual(a.annotations, b.annotations);
  },
});

Deno.test({
  name: "pose of an mp4: as many frames out as in, in pictures too",
  ignore: !ffmpeg,
  async fn() {
    await using place = await workplace({ frames: 9 });
    await encodeVideo(place.path, "walk: 1.mp4", ["-c:v", "mpeg4"]);
    const args = ["pose", "walk: 1.mp4", "--weights", "small.onnx", "--out", "out", "--quiet"];
    const { status, stdout, stderr } = await place.run(...args, "--device", "cpu");
    assert.equal(status, 0, stderr);
    assert.match(stdout, /^9 poses in 9 frames/);
    const document = parsePoses(await Deno.readTextFile(`${place.path}/out/poses.json`));
    assert.equal(document.images.length, 9);
    const pictures = Array.from({ length: 9 }, (_, i) => `overlays/00000${i}.png`);
    assert.deepEqual(await entriesOf(`${place.path}/out`), ["overlays", ...pictures, "poses.json"]);
  },
});

Deno.test({
  name: "pose of a video with the least permissions that the README names",
  ignore: !ffmpeg,
  async fn() {
    await using place = await workplace({ frames: 2 });
    await encodeVideo(place.path, "clip.mp4", ["-c:v", "mpeg4"]);
    const deno = ["--allow-read", "--allow-write=.", "--allow-env", "--allow-ffi", "--allow-sys=homedir"];
    const args = ["pose", "clip.mp4", "--weights", "small.onnx", "--out", "out", "--device", "webgpu"];
    const run = await runCli(args, {
      cwd: place.path,
      deno: [...deno, "--allow-run=ffmpeg,ffprobe"],
    });
    assert.equal(run.status, 0, run.stderr);
  },
});

Deno.test({
  name: "pose of a video that breaks off writes nothing and says why",
  ignore: !ffmpeg,
  async fn() {
    await using place = await workplace({ frames: 9 });
    await encodeVideo(place.path, "whole.mkv", ["-c:v", "ffv1"]);
    const bytes = await Deno.readFile(`${place.path}/whole.mkv`);
    await Deno.writeFile(`${place.path}/broken.mp4`, bytes.subarray(0, 300));
    await Deno.writeTextFile(`${place.path}/text.mp4`, "this is no video");
    for (const name of ["broken.mp4", "text.mp4"]) {
      const args = ["pose", name, "--weights", "small.onnx", "--out", "out", "--device", "cpu"];
      const { status, stdout, stderr } = await place.run(...args);
      assert.equal(status, 1);
      assert.equal(stdout, "");
      assert.match(
        stderr,
        new RegExp(`^error: Cannot read video ${name}: .+, expected a video that ffmpeg`, "m"),
      );
      assert.ok((await entriesOf(place.path)).every((entry) => !/out|partial/.test(entry)));
    }
  },
});

Deno.test("pose of a video without ffmpeg on the PATH says what to install", async () => {
  await using place = await workplace();
  await Deno.mkdir(`${place.path}/empty`);
  await Deno.writeTextFile(`${place.path}/clip.mp4`, "whatever is in it");
  const args = ["pose", "clip.mp4", "--weights", "small.onnx", "--out", "out"];
  const { status, stdout, stderr } = await runCli(args, {
    cwd: place.path,
    env: { PATH: `${place.path}/empty` },
  });
  assert.equal(status, 1);
  assert.equal(stdout, "");
  assert.equal(
    stderr,
    "error: Cannot read video clip.mp4: ffprobe is not on the PATH, expected ffmpeg and ffprobe (apt-get install " +
      "ffmpeg, brew install ffmpeg, winget install ffmpeg), or a folder of images instead\n",
  );
  assert.deepEqual(await entriesOf(place.path), ["clip.mp4", "empty", "small.onnx"]);
});
