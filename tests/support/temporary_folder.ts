/**
 * Runs a test body with an empty folder of its own, removed afterwards.
 *
 * @param body Test body; receives the folder's path.
 */
export async function withTemporaryFolder(body: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "lapose-weights-" });
  try {
    await body(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/**
 * Names of everything in a folder, hidden files included.
 *
 * @param folder Path of the folder.
 * @returns The names, sorted.
 */
export async function listFolder(folder: string): Promise<string[]> {
  const names = [];
  for await (const entry of Deno.readDir(folder)) names.push(entry.name);
  return names.sort();
}
