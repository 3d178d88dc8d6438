/**
 * Reads the index of a sharded safetensors checkpoint, `{ "weight_map": { tensor: file } }`.
 *
 * @param text Text of the index.
 * @param path Path of the index, for messages.
 * @returns Names of the tensors by file, in the order of the index; the file names are not yet judged.
 * @throws {SyntaxError} When the text is no such index.
 */
export function parseSafetensorsIndex(text: string, path: string): ReadonlyMap<string, ReadonlySet<string>> {
  const wanted = `expected {"weight_map": {tensor: file}}`;
  let index: unknown;
  try {
    index = JSON.parse(text);
  } catch (error) {
    throw new SyntaxError(`Cannot read index ${path}: ${String(error)}, ${wanted}`, { cause: error });
  }
  const map = typeof index === "object" && index !== null && "weight_map" in index
    ? index.weight_map
    : undefined;
  if (typeof map !== "object" || map === null || Array.isArray(map)) {
    throw new SyntaxError(`Cannot read index ${path}: it has no weight_map, ${wanted}`);
  }
  const shards = new Map<string, Set<string>>();
  for (const [name, file] of Object.entries(map)) {
    if (typeof file !== "string") {
      throw new SyntaxError(
        `Cannot read index ${path}: ${JSON.stringify(file)} for tensor ${name}, ${wanted}`,
      );
    }
    const names = shards.get(file) ?? new Set();
    shards.set(file, names.add(name));
  }
  if (shards.size === 0) throw new SyntaxError(`Cannot read index ${path}: it names no tensors, ${wanted}`);
  return shards;
}
