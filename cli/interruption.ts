/** What is left to tidy up when the user or the system ends the program early. */
import { join } from "node:path";

/** Signals that ask a program to end, with the exit status that shells expect after them. */
const signals: readonly (readonly [Deno.Signal, number])[] = Deno.build.os === "windows"
  ? [["SIGINT", 130], ["SIGBREAK", 149]]
  : [["SIGINT", 130], ["SIGTERM", 143]];

const tasks = new Set<() => void>();

const listeners = signals.map(([signal, status]) =>
  [signal, () => {
    for (const tidy of tasks) {
      try {
        tidy();
      } catch {
        // the next task matters as much, and nobody is left to hear of this one
      }
    }
    Deno.exit(status);
  }] as const
);

/**
 * Runs `tidy` if the program is interrupted (Ctrl-C, or asked to end) before the returned guard is disposed.
 *
 * @param tidy Synchronous, since the program ends right after it.
 * @returns A guard for a `using` declaration.
 */
export function onInterruption(tidy: () => void): Disposable {
  const task = () => tidy();
  if (tasks.size === 0) {
    for (const [signal, listener] of listeners) {
      Deno.addSignalListener(signal, listener);
    }
  }
  tasks.add(task);
  return {
    [Symbol.dispose]() {
      if (!tasks.delete(task) || tasks.size > 0) return;
      for (const [signal, listener] of listeners) Deno.removeSignalListener(signal, listener);
    },
  };
}

/**
 * Removes the unfinished files of this process from a folder: every writer of the project calls them
 * `.<name>.partial-<process id>`.
 *
 * @param folder Where to look.
 */
export function removePartialFiles(folder: string): void {
  for (const { name, isFile } of Deno.readDirSync(folder)) {
    if (isFile && name.startsWith(".") && name.endsWith(`.partial-${Deno.pid}`)) {
      Deno.removeSync(join(folder, name));
    }
  }
}
