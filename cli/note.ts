/** Notes to the user on standard error. */
import { endProgressLine } from "./progress.ts";

/**
 * Prints a note, unless the user wants quiet.
 *
 * @param message One line without a final period.
 * @param options Silence.
 */
export function note(message: string, { quiet = false }: { quiet?: boolean | undefined } = {}): void {
  if (quiet) return;
  endProgressLine();
  console.error(`note: ${message}`);
}
