/** `demo`: the shipped clip through a tiny model; needs no weights of the user's, no network and no GPU. */
import { join } from "node:path";
import type { DeviceChoice } from "../estimation/choose_engine.ts";
import { initCommand } from "./init.ts";
import { onInterruption } from "./interruption.ts";
import { note } from "./note.ts";
import { poseCommand } from "./pose.ts";
import { shippedFile } from "./shipped_file.ts";

/** Options of the `demo` command. */
export interface DemoOptions {
  /** Folder of the results. */
  out: string;
  /** Where to run. */
  device: DeviceChoice;
  /** No progress and no notes. */
  quiet?: boolean | undefined;
}

const frameCount = 14;

/** Poses the shipped clip and says where to look. */
export async function demoCommand({ out, device, quiet }: DemoOptions): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "lapose-demo-" });
  using _ = onInterruption(() => Deno.removeSync(folder, { recursive: true }));
  try {
    const clip = join(folder, "clip");
    await Deno.mkdir(clip);
    for (let i = 0; i < frameCount; i++) {
      const name = `${String(i).padStart(6, "0")}.jpg`;
      await Deno.writeFile(join(clip, name), await shippedFile(`demo/clip/${name}`));
    }
    const boxes = join(folder, "boxes.json");
    await Deno.writeFile(boxes, await shippedFile("demo/boxes.json"));
    const text = new TextDecoder().decode(await shippedFile("demo/description.txt")).trim();
    const weights = join(folder, "tiny.onnx");
    note("no trained weights ship yet: the demo makes tiny random ones, and its poses mean nothing", {
      quiet,
    });
    await initCommand({ config: "tiny", seed: 7, to: weights, dtype: "f32", quiet: true, silent: true });
    await poseCommand([clip], {
      weights,
      boxes,
      boxScore: 0,
      text,
      out,
      overlays: true,
      jointScore: -Infinity, // random weights have no score worth hiding a joint for
      device,
      decode: "dark",
      quiet,
    });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
