/** Errors of the command line: what went wrong with the words the user typed. */

/** Wrong use of a command: exit status 2. */
export class UsageError extends Error {
  override name = "UsageError";
}
