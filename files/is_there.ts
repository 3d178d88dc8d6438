/**
 * Whether there is a file or folder.
 *
 * @param path Where to look.
 * @throws {Error} When it cannot be told, for example without the permission to look.
 */
export async function isThere(path: string): Promise<boolean> {
  try {
    await Deno.stat(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
