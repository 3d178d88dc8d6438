/** `info`: what a weights file holds and which device would run it. */
import { chooseDevice, type DeviceChoice } from "../estimation/choose_engine.ts";
import { openWeights } from "../estimation/weights_file.ts";
import { frameCount, patchGrid } from "../model/config.ts";

/** Options of the `info` command. */
export interface InfoOptions {
  /** Where to run. */
  device: DeviceChoice;
  /** Print one JSON object. */
  json?: boolean | undefined;
}

/**
 * Prints what is known.
 *
 * @param path The weights file; without one, the device alone.
 * @param options Device and form.
 */
export async function infoCommand(path: string | undefined, { device, json }: InfoOptions): Promise<void> {
  const chosen = await chooseDevice(device);
  const traits = chosen.device?.traits;
  chosen.device?.close();
  const place = { device: chosen.kind, reason: chosen.reason, adapter: traits?.description ?? null };
  if (path === undefined) {
    if (json) console.log(JSON.stringify(place));
    else printDevice(place);
    return;
  }
  await using weights = await openWeights(path);
  const { config, keypoints, provenance, parameterCount, parameterBytes, dataTypes } = weights;
  if (json) {
    const { tokenizer: _, read: __, close: ___, ...facts } = weights;
    console.log(JSON.stringify({ ...facts, ...place }));
    return;
  }
  const { rows, columns } = patchGrid(config);
  const { vision, text, interaction, head, image } = config;
  console.log(`${path}: ${provenance}`);
  console.log(
    `  weights      ${(parameterCount / 1e6).toFixed(1)} M ${dataTypes.join(", ")}, ${
      (parameterBytes / 1e6).toFixed(0)
    } MB`,
  );
  console.log(`  input        ${frameCount(config)} frame(s) of ${image.height} × ${image.width} pixels`);
  console.log(`  vision       ViT, ${vision.layers} layers of ${vision.width}, ${rows} × ${columns} tokens`);
  if (config.language) {
    console.log(
      `  text         BERT, ${text.layers} layers of ${text.width}, up to ${text.maxTokens} tokens`,
    );
    console.log(
      `  interaction  ${interaction.layers} layers${interaction.literal ? ", Eq. 4 as printed" : ""}`,
    );
  } else {
    console.log("  text         none: visual-only");
  }
  console.log(`  head         ${head.kind}, ${keypoints.keypoints.length} keypoints (${keypoints.name})`);
  printDevice(place);
}

function printDevice(
  { device, reason, adapter }: { device: string; reason: string; adapter: string | null },
): void {
  console.log(`  device       ${device}${adapter === null ? "" : ` (${adapter})`}: ${reason}`);
}
