/** The files that belong to the project. */

import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** The project's root. */
export const root: string = fileURLToPath(new URL("../..", import.meta.url));

/** Folders that are made on a machine and belong to nobody. */
const MADE_FOLDERS = [".git", "node_modules", "__pycache__", ".venv", "lapose-output", "demo-output"];

/**
 * Lists the files of the project: what git tracks, or all but made folders where there is no git.
 *
 * @returns Paths from the root, with forward slashes, sorted.
 */
export async function projectFiles(): Promise<string[]> {
  return (await filesOfGit() ?? [...filesBelow("")]).filter(isFile).sort();
}

async function filesOfGit(): Promise<string[] | null> {
  try {
    const args = ["ls-files", "-z"];
    const { success, stdout } = await new Deno.Command("git", { args, cwd: root, stderr: "null" }).output();
    return success ? new TextDecoder().decode(stdout).split("\0").filter((path) => path !== "") : null;
  } catch {
    return null;
  }
}

function* filesBelow(folder: string): Generator<string> {
  for (const { name, isDirectory } of Deno.readDirSync(join(root, folder))) {
    const path = folder === "" ? name : `${folder}/${name}`;
    if (!isDirectory) yield path;
    else if (!MADE_FOLDERS.includes(name)) yield* filesBelow(path);
  }
}

/** A file that was removed but not yet committed is still in git's list. */
function isFile(path: string): boolean {
  try {
    return Deno.statSync(join(root, path)).isFile;
  } catch {
    return false;
  }
}
