import { findDescription } from "../descriptions/find_description.ts";
import { readDescriptions } from "../descriptions/read_descriptions.ts";
import type { DatasetConfig } from "../posetrack/dataset_config.ts";

/**
 * Says what happens in a clip.
 *
 * @param clip Name of the clip.
 * @param person Track id of the person that the text is for.
 * @returns What is said about the person, or else about the clip; undefined where there is neither.
 */
export type Describe = (clip: string, person?: number) => string | undefined;

/**
 * Reads the descriptions of a data set.
 *
 * @param dataset The data set.
 * @returns What finds them.
 * @throws {SyntaxError} If lines of the file cannot be read.
 * @throws {Error} If the file cannot be read.
 */
export async function readDescriber({ descriptions: file }: DatasetConfig): Promise<Describe> {
  const descriptions = file === undefined ? [] : await readDescriptions(file);
  const known = new Map<string, string | undefined>();
  return (clip, person) => {
    const key = `${clip} ${person ?? ""}`;
    if (!known.has(key)) known.set(key, findDescription(descriptions, clip, person)?.text);
    return known.get(key);
  };
}
