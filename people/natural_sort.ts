/**
 * Compares names as a reader counts: `frame9` before `frame10`.
 *
 * Runs of digits compare as numbers of any length, everything else by code unit; names that differ in leading zeros
 * only come with the fewer zeros first, so that the order is total.
 *
 * @param a One name.
 * @param b The other.
 * @returns Negative, zero or positive, for `Array.prototype.sort`.
 */
export function compareNaturally(a: string, b: string): number {
  const partsA = a.match(/\d+|\D+/g) ?? [];
  const partsB = b.match(/\d+|\D+/g) ?? [];
  for (let i = 0; i < Math.min(partsA.length, partsB.length); i++) {
    const order = compareParts(partsA[i], partsB[i]);
    if (order !== 0) return order;
  }
  return partsA.length - partsB.length || a.length - b.length || compareText(a, b);
}

function compareParts(a: string, b: string): number {
  if (!/^\d/.test(a) || !/^\d/.test(b)) return compareText(a, b);
  const [x, y] = [a.replace(/^0+/, ""), b.replace(/^0+/, "")];
  return x.length - y.length || compareText(x, y);
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
