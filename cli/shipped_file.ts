/** Files that come with the package, whether it runs from a folder or from a registry. */

/**
 * Reads a file of the package.
 *
 * @param path Path from the package's root.
 * @returns Its bytes.
 * @throws {Error} When it cannot be read or fetched.
 */
export async function shippedFile(path: string): Promise<Uint8Array> {
  const url = new URL(`../${path}`, import.meta.url);
  if (url.protocol === "file:") return await Deno.readFile(url);
  const response = await fetch(url);
  if (!response.ok) throw new Error(`Cannot fetch ${url}: status ${response.status}`);
  return new Uint8Array(await response.arrayBuffer());
}
