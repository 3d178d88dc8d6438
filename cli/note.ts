/** Notes to the user on standard error. */

/**
 * Prints a note, unless the user wants quiet.
 *
 * @param message One line without a final period.
 * @param options Silence.
 */
export function note(message: string, { quiet = false }: { quiet?: boolean | undefined } = {}): void {
  if (!quiet) console.error(`note: ${message}`);
}
