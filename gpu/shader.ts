/**
 * Shader source: `.wgsl` files specialised by `override` constants and, where registers must be unrolled,
 * by two directives that are expanded before WebGPU sees the text.
 *
 * `#unroll i COUNT … #end` repeats its lines with `$i` (one letter) replaced by 0, 1, …; `{NAME}` is replaced by a define.
 * Blocks nest. This is the one place where shader text is generated.
 */

/** A type that numbers are stored in; sums are in single precision in any case. */
export type StoredType = "f32" | "f16";

/** Texture formats of four channels of one row. */
export const texelFormats: Readonly<Record<StoredType, "rgba32float" | "rgba16float">> = {
  f32: "rgba32float",
  f16: "rgba16float",
};

/** A compute shader: source text plus what specialises it. */
export interface Shader {
  /** Name shown in errors and timings, for example `"linear/texture"`. */
  readonly name: string;
  /**
   * WGSL source, possibly with `#unroll` directives. Its entry point is `main`. What {@linkcode declareStorage} writes
   * goes before it.
   */
  readonly source: string;
  /** Values of pipeline-overridable constants. */
  readonly constants?: Readonly<Record<string, number>>;
  /** Values for `{NAME}` and for `#unroll` counts; each distinct set is a shader module of its own. */
  readonly defines?: Readonly<Record<string, number>>;
}

/**
 * Expands the directives of `shader`.
 *
 * @param shader The shader.
 * @returns Plain WGSL.
 * @throws {SyntaxError} On an unknown define or unbalanced blocks.
 */
export function expandShader(shader: Shader): string {
  const defines = shader.defines ?? {};
  const replaced = shader.source.replace(/\{([A-Z][A-Z0-9_]*)\}/g, (_, name: string) => {
    return String(define(name, defines, shader.name));
  });
  const lines = replaced.split("\n");
  const { text, next } = expandBlock(lines, 0, { defines, name: shader.name, nested: false });
  if (next !== lines.length) {
    throw new SyntaxError(`Cannot expand shader ${shader.name}: #end without #unroll`);
  }
  return text.join("\n");
}

/**
 * Declares what bindings are made of, so that one source serves tensors in single and in half precision. Of binding 2:
 * `Element2`, one number; `Block2`, four channels of a row; `Texture2`, a texture of them; `narrow2`, which makes a
 * `Block2` of four sums. `vec4f(block)` reads one.
 *
 * @param types What each binding is made of, in order.
 * @returns WGSL that goes before the source.
 */
export function declareStorage(types: readonly StoredType[]): string {
  const declarations = types.map((type, binding) => {
    const [element, block] = type === "f16" ? ["f16", "vec4<f16>"] : ["f32", "vec4f"];
    // A sum beyond the largest half would become an infinity; what is no number stays none.
    const limited =
      "select(value, clamp(value, vec4f(-65504.0), vec4f(65504.0)), abs(value) > vec4f(65504.0))";
    const value = type === "f16" ? `Block${binding}(${limited})` : "value";
    return `alias Element${binding} = ${element};
alias Block${binding} = ${block};
alias Texture${binding} = texture_storage_2d<${texelFormats[type]}, read>;
fn narrow${binding}(value: vec4f) -> Block${binding} { return ${value}; }
`;
  });
  return (types.includes("f16") ? "enable f16;\n" : "") + declarations.join("");
}

/** Two shaders with equal keys are the same pipeline. */
export function shaderKey(shader: Shader): string {
  return JSON.stringify([shader.name, shader.source, shader.constants ?? {}, shader.defines ?? {}]);
}

interface BlockContext {
  defines: Readonly<Record<string, number>>;
  name: string;
  nested: boolean;
}

function define(name: string, defines: Readonly<Record<string, number>>, shader: string): number {
  const value = defines[name];
  if (value === undefined) throw new SyntaxError(`Cannot expand shader ${shader}: ${name} is not defined`);
  return value;
}

function expandBlock(
  lines: string[],
  start: number,
  context: BlockContext,
): { text: string[]; next: number } {
  const text: string[] = [];
  let index = start;
  while (index < lines.length) {
    const words = lines[index].trim().split(/\s+/);
    if (words[0] === "#end") return { text, next: index };
    if (words[0] !== "#unroll") {
      text.push(lines[index++]);
      continue;
    }
    const count = /^\d+$/.test(words[2]) ? Number(words[2]) : define(words[2], context.defines, context.name);
    const inner = expandBlock(lines, index + 1, { ...context, nested: true });
    if (lines[inner.next]?.trim() !== "#end") {
      throw new SyntaxError(`Cannot expand shader ${context.name}: #unroll without #end`);
    }
    for (let i = 0; i < count; i++) {
      for (const line of inner.text) text.push(line.replaceAll(`$${words[1]}`, String(i)));
    }
    index = inner.next + 1;
  }
  return { text, next: index };
}
