/**
 * Memory over a long clip, of the real command line: the peak may grow by less than 5 % from frame 50 to frame 1,000.
 *
 * Takes minutes, so no other test run includes it: `deno task test:slow`. Linux only, since it reads /proc.
 */
import assert from "node:assert/strict";
import { encodeImage } from "../../people/overlay.ts";
import { openFrames } from "../../people/frames.ts";
import { cliCommand, hasProgram } from "../cli/run_cli.ts";
import { temporaryFolder, waveFrame } from "../estimation/small_weights.ts";

const realClip =
  new URL("../../../shared/data/posetrack18/videos/000001_mpiinew_test/", import.meta.url).pathname;
const hasRealClip = await Deno.stat(realClip).then(() => true, () => false);
const ffmpeg = await hasProgram("ffmpeg", "-version");
const isLinux = Deno.build.os === "linux";
const frameCount = 1000;

/** Memory of a process when it had written so many pictures, in MB. */
interface Sample {
  pictures: number;
  resident: number;
  peak: number;
}

/** Links the clip's frames into a folder again and again, until there are enough. */
async function loopOf(source: readonly string[], folder: string): Promise<void> {
  await Deno.mkdir(folder);
  const ending = source[0].slice(source[0].lastIndexOf("."));
  for (let i = 0; i < frameCount; i++) {
    await Deno.symlink(source[i % source.length], `${folder}/${String(i).padStart(6, "0")}${ending}`);
  }
}

async function framePaths(folder: string): Promise<string[]> {
  return (await openFrames(folder)).names.map((name) => `${folder}/${name}`);
}

async function sampleOf(pid: number, folder: string): Promise<Sample | undefined> {
  try {
    const status = await Deno.readTextFile(`/proc/${pid}/status`);
    const megabytes = (field: string) =>
      Number(status.match(new RegExp(`${field}:\\s+(\\d+) kB`))?.[1]) / 1024;
    const [resident, peak] = [megabytes("VmRSS"), megabytes("VmHWM")];
    const partial = `${folder}/.out.partial-${pid}/overlays`;
    const pictures = Array.from(Deno.readDirSync(partial)).length;
    return Number.isFinite(peak) ? { pictures, resident, peak } : undefined;
  } catch {
    return undefined; // not begun, or ended
  }
}

/** Runs `pose` and watches it from outside. */
async function watchPose(args: readonly string[], folder: string): Promise<Sample[]> {
  const child = cliCommand(["pose", ...args, "--out", "out", "--quiet"], { cwd: folder }).spawn();
  let ended = false;
  const output = child.output().finally(() => ended = true);
  const samples: Sample[] = [];
  while (!ended) {
    const sample = await sampleOf(child.pid, folder);
    if (sample) samples.push(sample);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  const { code, stdout, stderr } = await output;
  const decoder = new TextDecoder();
  assert.equal(code, 0, decoder.decode(stderr));
  assert.match(decoder.decode(stdout), new RegExp(`in ${frameCount} frames`));
  return samples;
}

function assertFlat(samples: readonly Sample[], label: string): void {
  const from = (count: number) => samples.find(({ pictures }) => pictures >= count);
  const [early, middle, late] = [from(50), from(200), samples.at(-1)];
  assert.ok(
    early && middle && late && late.pictures >= frameCount - 20,
    `${label}: the run was too short to watch`,
  );
  const growth = late.peak / early.peak - 1;
  const words = ({ pictures, resident, peak }: Sample) =>
    `picture ${pictures}: ${resident.toFixed(0)} MB resident, peak ${peak.toFixed(0)} MB`;
  const course = [early, middle, late].map(words).join("; ");
  console.log(`${label}: ${course}; the peak grew by ${(100 * growth).toFixed(1)} %`);
  assert.ok(growth < 0.05, `the peak grew by ${(100 * growth).toFixed(1)} %, expected less than 5 %`);
}

/** Frames to loop over: the real clip where it is there, drawn ones of the same size where not. */
async function makeClip(folder: string): Promise<string[]> {
  if (hasRealClip) return await framePaths(realClip);
  await Deno.mkdir(`${folder}/frames`);
  for (let i = 0; i < 5; i++) {
    await Deno.writeFile(`${folder}/frames/${i}.png`, await encodeImage(waveFrame(640, 360, i)));
  }
  return await framePaths(`${folder}/frames`);
}

for (const device of ["webgpu", "cpu"]) {
  for (const kind of ["folder", "video"]) {
    Deno.test({
      name: `pose of a ${kind} of ${frameCount} frames on ${device}: memory stays flat`,
      ignore: !isLinux || kind === "video" && !ffmpeg,
      async fn() {
        await using folder = await temporaryFolder();
        const init = cliCommand(["init", "--config", "tiny", "--to", "tiny.onnx"], { cwd: folder.path });
        assert.ok((await init.output()).success);
        const paths = await makeClip(folder.path);
        await loopOf(paths, `${folder.path}/clip`);
        if (kind === "video") {
          const pattern = `clip/%06d${paths[0].slice(paths[0].lastIndexOf("."))}`;
          const args = ["-v", "error", "-i", pattern, "-c:v", "mpeg4", "-q:v", "3", "clip.mp4"];
          assert.ok((await new Deno.Command("ffmpeg", { args, cwd: folder.path }).output()).success);
        }
        const input = kind === "video" ? "clip.mp4" : "clip";
        const options = [
          "--weights",
          "tiny.onnx",
          "--text",
          "a player slides for the ball",
          "--device",
          device,
        ];
        assertFlat(await watchPose([input, ...options], folder.path), `${kind} on ${device}`);
      },
    });
  }
}
