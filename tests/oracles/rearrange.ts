/** Permutation of named axes in plain loops: `rearrangeOracle(x, { from: "a b c", to: "c a b", sizes })`. */
export function rearrangeOracle(
  x: ArrayLike<number>,
  { from, to, sizes }: { from: string; to: string; sizes: Readonly<Record<string, number>> },
): Float64Array {
  const source = from.replace(/[()]/g, "").split(" ");
  const target = to.replace(/[()]/g, "").split(" ");
  const y = new Float64Array(x.length);
  const index: Record<string, number> = {};
  for (let at = 0; at < x.length; at++) {
    let rest = at;
    for (const name of source.toReversed()) {
      index[name] = rest % sizes[name];
      rest = Math.floor(rest / sizes[name]);
    }
    y[target.reduce((sum, name) => sum * sizes[name] + index[name], 0)] = x[at];
  }
  return y;
}
