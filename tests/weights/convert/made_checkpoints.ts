import { openSafetensors } from "../../../weights/safetensors_reader.ts";
import { encodeSafetensors, floatTensor, type TestTensor } from "../safetensors_files.ts";

/** Sizes of a made ViTPose. */
export interface MadeVitpose {
  /** Channels. */
  width: number;
  /** Side of a patch, in pixels. */
  patch: number;
  /** Patches. */
  positions: number;
}

/**
 * Tensors of a Hugging Face ViTPose with the simple head, one block and 3 keypoints; all elements are zero.
 *
 * @param sizes Its sizes.
 * @returns Tensors by name.
 */
export function vitposeTensors({ width: D, patch, positions }: MadeVitpose): Record<string, TestTensor> {
  const shapes: Record<string, number[]> = {
    "backbone.embeddings.position_embeddings": [1, positions + 1, D],
    "backbone.embeddings.patch_embeddings.projection.weight": [D, 3, patch, patch],
    "backbone.embeddings.patch_embeddings.projection.bias": [D],
    "backbone.layernorm.weight": [D],
    "backbone.layernorm.bias": [D],
    "head.conv.weight": [3, D, 3, 3],
    "head.conv.bias": [3],
  };
  const block = "backbone.encoder.layer.0";
  const linear: [string, number, number][] = [
    ["attention.attention.query", D, D],
    ["attention.attention.key", D, D],
    ["attention.attention.value", D, D],
    ["attention.output.dense", D, D],
    ["mlp.fc1", 4, D],
    ["mlp.fc2", D, 4],
  ];
  for (const [name, outputs, inputs] of linear) {
    shapes[`${block}.${name}.weight`] = [outputs, inputs];
    shapes[`${block}.${name}.bias`] = [outputs];
  }
  for (const name of ["layernorm_before", "layernorm_after"]) {
    for (const part of ["weight", "bias"]) shapes[`${block}.${name}.${part}`] = [D];
  }
  return Object.fromEntries(
    Object.entries(shapes).map(([name, shape]) => {
      const count = shape.reduce((product, extent) => product * extent, 1);
      return [name, floatTensor(shape, new Array(count).fill(0))];
    }),
  );
}

/**
 * Writes such a ViTPose.
 *
 * @param path Path of the file.
 * @param sizes Its sizes.
 * @returns The path.
 */
export async function makeVitpose(path: string, sizes: MadeVitpose): Promise<string> {
  await Deno.writeFile(path, encodeSafetensors(vitposeTensors(sizes)));
  return path;
}

/**
 * Copies a safetensors file with changes.
 *
 * @param from Path of the file.
 * @param to Path of the copy.
 * @param change Changes its tensors in place.
 * @returns Path of the copy.
 */
export async function copyCheckpoint(
  from: string,
  to: string,
  change: (tensors: Record<string, TestTensor>) => void,
): Promise<string> {
  await using file = await openSafetensors(from);
  const tensors: Record<string, TestTensor> = {};
  for (const [name, { shape }] of file.tensors) {
    tensors[name] = floatTensor([...shape], [...await file.read(name)]);
  }
  change(tensors);
  await Deno.writeFile(to, encodeSafetensors(tensors));
  return to;
}
