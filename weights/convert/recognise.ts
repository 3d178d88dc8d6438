import type { Checkpoint } from "./checkpoint.ts";
import { huggingFaceBert } from "./families/huggingface_bert.ts";
import { huggingFaceVit } from "./families/huggingface_vit.ts";
import { huggingFaceVitpose } from "./families/huggingface_vitpose.ts";
import { mmpose } from "./families/mmpose.ts";
import { originalVitpose } from "./families/original_vitpose.ts";
import { timmVit } from "./families/timm_vit.ts";
import type { Family } from "./family.ts";

/** Every kind of checkpoint that can be converted. */
export const families: readonly Family[] = [
  huggingFaceVitpose,
  originalVitpose,
  mmpose,
  huggingFaceVit,
  timmVit,
  huggingFaceBert,
];

/** A family found in a checkpoint. */
export interface Recognised {
  /** The family. */
  family: Family;
  /** What stands before the family's names in the checkpoint. */
  prefix: string;
}

/**
 * Recognises checkpoints by the names that their tensors have.
 *
 * @param checkpoint Checkpoint to look at.
 * @returns The families whose tensors it holds: one, or a vision and a text encoder.
 * @throws {TypeError} When there is none, or several for one part.
 */
export function recognise(checkpoint: Checkpoint): Recognised[] {
  const found: Recognised[] = [];
  for (const family of families) {
    for (const name of checkpoint.tensors.keys()) {
      const spelled = spell(name, family);
      if (!spelled.endsWith(family.anchor)) continue;
      const prefix = spelled.slice(0, -family.anchor.length);
      if (prefix !== "" && !prefix.endsWith(".")) continue;
      if (!family.foreignPrefix?.test(prefix)) found.push({ family, prefix });
    }
  }
  for (const part of ["vision", "text"] as const) {
    const rivals = found.filter(({ family }) => family.part === part);
    if (rivals.length > 1) {
      throw new TypeError(
        `Cannot convert ${checkpoint.path}: several ${part} encoders (` +
          `${rivals.map(({ family, prefix }) => `${family.name} at "${prefix}"`).join(", ")}), expected one`,
      );
    }
  }
  if (found.length === 0) {
    const names = [...checkpoint.tensors.keys()].slice(0, 3).join(", ");
    throw new TypeError(
      `Cannot convert ${checkpoint.path}: its ${checkpoint.tensors.size} tensors (${names}, …) are of no known kind, ` +
        `expected one of ${families.map(({ name }) => name).join(", ")}`,
    );
  }
  return found;
}

/**
 * Replaces other spellings of a family's names.
 *
 * @param name Name in the checkpoint.
 * @param family The family.
 * @returns The name as the family's rows spell it.
 */
export function spell(name: string, family: Family): string {
  return (family.spellings ?? []).reduce(
    (spelled, [pattern, usual]) => spelled.replace(pattern, usual),
    name,
  );
}
