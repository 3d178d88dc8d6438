/**
 * Whether there is a file, a folder or a link, wherever it leads.
 *
 * @param path Where to look.
 * @throws {Error} When it cannot be told, for example without the permission to look.
 */
export function isThere(path: string): boolean {
  try {
    Deno.lstatSync(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
