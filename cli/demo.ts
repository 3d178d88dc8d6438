/** `demo`: the shipped clip through the shipped tiny model; needs nothing of the user's, no network and no GPU. */
import { join } from "node:path";
import type { DeviceChoice } from "../estimation/choose_engine.ts";
import { onInterruption } from "./interruption.ts";
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

/** The second clip of `synthesize --clips 2 --seed 1010 --frames 14 --size 480x360`: training never sees such seeds. */
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
    const weights = join(folder, "lapose-tiny.onnx");
    await Deno.writeFile(weights, await shippedFile("weights/lapose-tiny.onnx"));
    await poseCommand([clip], {
      weights,
      boxes,
      boxScore: 0,
      text,
      out,
      overlays: true,
      jointScore: 0.2,
      device,
      decode: "dark",
      quiet,
    });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
