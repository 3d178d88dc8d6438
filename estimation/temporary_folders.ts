/** Folders that live for a moment, and what must go when the program ends in that moment. */

const folders = new Set<string>();

/** A folder in the system's temporary one; it goes when its `await using` scope is left. */
export interface TemporaryFolder extends AsyncDisposable {
  /** Its path. */
  readonly path: string;
}

/**
 * Makes a folder for a moment.
 *
 * @returns The folder.
 */
export async function temporaryFolder(): Promise<TemporaryFolder> {
  const path = await Deno.makeTempDir({ prefix: "lapose-" });
  folders.add(path);
  return {
    path,
    [Symbol.asyncDispose]: async () => {
      await Deno.remove(path, { recursive: true });
      folders.delete(path);
    },
  };
}

/** Removes the folders that are there now, at once: for a program that is interrupted. */
export function removeTemporaryFolders(): void {
  for (const path of folders) Deno.removeSync(path, { recursive: true });
  folders.clear();
}
