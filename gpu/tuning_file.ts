/** The tuner's choices on disk: one small JSON file in the user's cache folder, shared by all adapters and models. */
import { dirname, isAbsolute, join } from "node:path";

/** Changed when the names of kernels or keys change their meaning. */
const format = 1;

interface FileContent {
  format: number;
  /** Kernel by key, by adapter. */
  adapters: Record<string, Record<string, string>>;
}

/** Choices of one adapter. */
export class TuningFile {
  readonly #path: string;
  readonly #adapter: string;
  /** What the file held for this adapter when it was opened: kernel by key. */
  readonly choices: ReadonlyMap<string, string>;

  private constructor(path: string, adapter: string, choices: ReadonlyMap<string, string>) {
    this.#path = path;
    this.#adapter = adapter;
    this.choices = choices;
  }

  /**
   * Opens the file in the user's cache folder.
   *
   * @param adapter Names adapter and driver.
   * @returns The file; undefined when there is no such folder or no permission to read and write it.
   */
  static async open(adapter: string): Promise<TuningFile | undefined> {
    const folder = await cacheFolder();
    if (folder === undefined) return undefined;
    for (const name of ["read", "write"] as const) {
      if ((await Deno.permissions.query({ name, path: folder })).state !== "granted") return undefined;
    }
    return await TuningFile.at(join(folder, "tuning.json"), adapter);
  }

  /**
   * Opens a file; one that is missing or unreadable counts as empty.
   *
   * @param path Where it is.
   * @param adapter Names adapter and driver.
   * @returns The file.
   */
  static async at(path: string, adapter: string): Promise<TuningFile> {
    const { adapters } = await readContent(path);
    return new TuningFile(path, adapter, new Map(Object.entries(adapters[adapter] ?? {})));
  }

  /**
   * Adds choices to the file; what others wrote meanwhile stays. A file that cannot be written is no failure: the kernels
   * are timed again next time.
   *
   * @param choices Kernel by key.
   */
  async save(choices: ReadonlyMap<string, string>): Promise<void> {
    const partial = join(dirname(this.#path), `.tuning.json.partial-${Deno.pid}`);
    try {
      const { adapters } = await readContent(this.#path);
      adapters[this.#adapter] = { ...adapters[this.#adapter], ...Object.fromEntries(choices) };
      await Deno.mkdir(dirname(this.#path), { recursive: true });
      await Deno.writeTextFile(partial, `${JSON.stringify({ format, adapters }, null, 1)}\n`);
      await Deno.rename(partial, this.#path);
    } catch {
      await Deno.remove(partial).catch(() => {});
    }
  }
}

async function readContent(path: string): Promise<FileContent> {
  const empty: FileContent = { format, adapters: {} };
  try {
    const content = JSON.parse(await Deno.readTextFile(path));
    return isContent(content) ? content : empty;
  } catch {
    return empty;
  }
}

function isContent(content: unknown): content is FileContent {
  const isRecord = (value: unknown): value is Record<string, unknown> =>
    typeof value === "object" && value !== null && !Array.isArray(value);
  return isRecord(content) && content.format === format && isRecord(content.adapters) &&
    Object.values(content.adapters).every((choices) =>
      isRecord(choices) && Object.values(choices).every((choice) => typeof choice === "string")
    );
}

/** The user's cache folder for this package; undefined when the environment does not tell or may not be read. */
async function cacheFolder(): Promise<string | undefined> {
  const xdg = await variable("XDG_CACHE_HOME");
  if (xdg !== undefined && isAbsolute(xdg)) return join(xdg, "lapose");
  if (Deno.build.os === "windows") {
    const local = await variable("LOCALAPPDATA");
    return local === undefined ? undefined : join(local, "lapose");
  }
  const home = await variable("HOME");
  if (home === undefined) return undefined;
  return join(home, Deno.build.os === "darwin" ? "Library/Caches" : ".cache", "lapose");
}

async function variable(name: string): Promise<string | undefined> {
  const { state } = await Deno.permissions.query({ name: "env", variable: name });
  return state === "granted" ? Deno.env.get(name) || undefined : undefined;
}
