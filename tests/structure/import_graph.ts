/**
 * The import graph of the project and the rules that it must keep: arrows, circles, barrels, sizes.
 *
 * Works on names and texts alone, so that the rules can be tried on made-up projects.
 */

import { posix } from "node:path";

/** Source files: text by path from the project's root, with forward slashes. */
export type Sources = ReadonlyMap<string, string>;

/** Files that each file imports, by path from the project's root. */
export type ImportGraph = ReadonlyMap<string, readonly string[]>;

const BELOW_MODEL = ["kernels", "graph", "gpu"];
const BELOW_ESTIMATION = ["people", "text", "weights", "model", "files", ...BELOW_MODEL];

/**
 * What each room may import besides itself. A room is a top folder or a file at the root. The arrows of the design, one line each:
 * a room stands below everything that lists it.
 */
export const rooms: Readonly<Record<string, readonly string[]>> = {
  "files": [],
  "gpu": [],
  "graph": ["gpu"],
  "kernels": ["graph", "gpu"],
  "model": BELOW_MODEL,
  "weights": ["model", "graph", "gpu", "files"],
  "text": ["model", ...BELOW_MODEL],
  "people": ["model", "files", ...BELOW_MODEL],
  "descriptions": ["people", "text"],
  "posetrack": ["people", "model", "files", ...BELOW_MODEL],
  "estimation": BELOW_ESTIMATION,
  "training": ["estimation", "posetrack", ...BELOW_ESTIMATION],
  "bench": ["training", "estimation", ...BELOW_ESTIMATION],
  "cli": ["bench", "training", "estimation", "posetrack", "descriptions", ...BELOW_ESTIMATION],
  "cli.ts": ["cli"],
  "mod.ts": ["training", "estimation", "posetrack", "descriptions", ...BELOW_ESTIMATION],
};

/** Name under which the project imports its own `mod.ts`. */
const OWN_NAME = "@lapose/lapose";

/** The only file that may gather the exports of others. */
const BARREL = "mod.ts";

/** Most lines of a file. */
const MOST_LINES = 400;

/** Names that say nothing of what a file holds. */
const EMPTY_NAMES = /(?:^|\/)(?:index|utils?|helpers?|misc|common)\.ts$/;

/**
 * Removes comments, so that an example in a comment is no import.
 *
 * @param source TypeScript.
 * @returns The source without block comments and without lines that are comments.
 */
function withoutComments(source: string): string {
  return source.replaceAll(/\/\*[\s\S]*?\*\//g, "").replaceAll(/^\s*\/\/.*$/gm, "");
}

/**
 * Finds what a file imports: static and dynamic imports, types, and re-exports.
 *
 * @param source TypeScript.
 * @returns The specifiers as written, in the order of appearance.
 */
export function importSpecifiers(source: string): string[] {
  const pattern = /(?:\bfrom|\bimport)\s*\(?\s*(["'`])([^"'`$\n]+)\1/g;
  return [...withoutComments(source).matchAll(pattern)].map((match) => match[2]!);
}

/**
 * Builds the import graph. Only imports of the project's own TypeScript files are arrows.
 *
 * @param sources The files.
 * @returns Imported files by importing file.
 */
export function importGraph(sources: Sources): ImportGraph {
  const graph = new Map<string, string[]>();
  for (const [path, source] of sources) {
    const targets = importSpecifiers(source).flatMap((specifier) => {
      if (specifier === OWN_NAME) return [BARREL];
      if (!specifier.startsWith(".")) return [];
      const target = posix.join(posix.dirname(path), specifier);
      return target.endsWith(".ts") ? [target] : [];
    });
    graph.set(path, [...new Set(targets)]);
  }
  return graph;
}

function roomOf(path: string): string {
  return path.split("/")[0]!;
}

/**
 * Finds imports against the arrows, and files in rooms that have no arrows yet.
 *
 * @param graph The import graph.
 * @returns One sentence per fault.
 */
export function backArrows(graph: ImportGraph): string[] {
  const faults: string[] = [];
  for (const [path, targets] of graph) {
    const room = roomOf(path);
    const allowed = rooms[room];
    if (allowed === undefined) {
      faults.push(
        `${path} stands in the room ${room}, which has no arrows in tests/structure/import_graph.ts`,
      );
      continue;
    }
    for (const target of targets) {
      const other = roomOf(target);
      if (other !== room && !allowed.includes(other)) {
        faults.push(
          `${path} imports ${target}, but ${room} may import only ${allowed.join(", ") || "itself"}`,
        );
      }
    }
  }
  return faults;
}

/**
 * Finds a circle of imports.
 *
 * @param graph The import graph.
 * @returns The files of one circle, the first repeated at the end; null where there is none.
 */
export function findCircle(graph: ImportGraph): string[] | null {
  const done = new Set<string>();
  const path: string[] = [];
  const visit = (file: string): string[] | null => {
    const start = path.indexOf(file);
    if (start >= 0) return [...path.slice(start), file];
    if (done.has(file)) return null;
    path.push(file);
    for (const target of graph.get(file) ?? []) {
      const circle = visit(target);
      if (circle) return circle;
    }
    path.pop();
    done.add(file);
    return null;
  };
  for (const file of graph.keys()) {
    const circle = visit(file);
    if (circle) return circle;
  }
  return null;
}

/**
 * Finds files that gather the exports of others although they are not `mod.ts`: a star export, or nothing but re-exports.
 *
 * @param sources The files.
 * @returns One sentence per fault.
 */
export function barrels(sources: Sources): string[] {
  const reexport = /\bexport\s+(?:type\s+)?(?:\*(?:\s+as\s+\w+)?|\{[^}]*\})\s*from\s*(["'])[^"']+\1;?/g;
  const anImport = /\bimport\s+(?:[^"';]*?\bfrom\s*)?(["'])[^"']+\1(?:\s*with\s*\{[^}]*\})?;?/g;
  const faults: string[] = [];
  for (const [path, source] of sources) {
    if (path === BARREL) continue;
    const plain = withoutComments(source);
    const found = [...plain.matchAll(reexport)];
    const gathers = found.length > 0 && plain.replaceAll(reexport, "").replaceAll(anImport, "").trim() === "";
    if (gathers || found.some(([text]) => text.includes("*"))) {
      faults.push(`${path} gathers the exports of others, which only ${BARREL} may do`);
    }
  }
  return faults;
}

/**
 * Finds files whose name says nothing, or that are too long.
 *
 * @param sources The files.
 * @returns One sentence per fault.
 */
export function namesAndSizes(sources: Sources): string[] {
  const faults: string[] = [];
  for (const [path, source] of sources) {
    if (EMPTY_NAMES.test(path)) faults.push(`${path} has a name that does not say what it holds`);
    if (/[^a-z0-9_./]/.test(path)) faults.push(`${path} is not in snake_case`);
    const lines = source.split("\n").length - (source.endsWith("\n") ? 1 : 0);
    if (lines > MOST_LINES) faults.push(`${path} has ${lines} lines, at most ${MOST_LINES} are allowed`);
  }
  return faults;
}
