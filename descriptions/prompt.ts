/**
 * The task prompt P of the paper (Fig. 3) in our own words: what a description must say so that it helps to place
 * joints. The length fits the 128 text tokens of `base`.
 */
export const defaultPrompt: string = `These are frames of one short video clip, in the order of time. \
Describe the people in it so that someone who cannot see the clip could place every joint of their bodies.

Write one paragraph of plain English, at most 90 words. For each person, from left to right in the image, say:
- who it is, by appearance only: clothes and their colours, build, hair, what sets this person apart from the others;
- the action, and which moment of it the frames show;
- what the body parts do: head, trunk, left and right arm, hand, leg and foot. Left and right are the person's own. \
Say what is bent or stretched, raised or lowered, in front of or behind the body;
- the objects that are held, touched, stood on or moved, and by which hand or foot;
- who or what the person faces, touches, follows or moves away from;
- how it all moves from the first frame to the last: direction, speed, order.

If a part is hidden, cut off or blurred, say so, and say what the movement makes likely.
Only say what the frames show. No names, no feelings, no guesses about who somebody is. \
No heading, no list, no introduction: begin with the first person.`;

/** The prompt for pictures that were cropped around one person. */
export const defaultPersonPrompt: string = defaultPrompt
  .replace(
    "Describe the people in it so that",
    "Each was cropped around the same person. Describe this one so that",
  )
  .replace("of their bodies", "of that body")
  .replace("For each person, from left to right in the image, say:", "Of the person in the middle, say:")
  .replace("begin with the first person.", "begin with the person.");

/**
 * Reads a prompt of the user's own.
 *
 * @param file Path of a text file, UTF-8.
 * @returns The prompt, without spaces and line ends around it.
 * @throws {TypeError} If the file is empty or no text.
 * @throws {Error} If it cannot be read.
 */
export async function readPrompt(file: string): Promise<string> {
  let bytes: Uint8Array;
  try {
    bytes = await Deno.readFile(file);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`Cannot read the prompt ${file}: ${reason}`, { cause: error });
  }
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes).trim();
  } catch (error) {
    throw new TypeError(`Cannot read the prompt ${file}: it is not UTF-8, expected a text file`, {
      cause: error,
    });
  }
  if (text === "" || text.includes("\0")) {
    throw new TypeError(`Cannot read the prompt ${file}: it ${text === "" ? "is empty" : "is no text"}`);
  }
  return text;
}
