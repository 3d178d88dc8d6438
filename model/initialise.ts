/**
 * Initial values of untrained weights: seeded per tensor, so that order does not matter.
 *
 * Fusion, adapter and CSI start as identities (their output projections are zero): a LAPose made from a ViTPose
 * and a BERT gives ViTPose's heatmaps until it is trained.
 */

/** Standard deviation of embeddings and weight matrices, as BERT and ViT initialise them. */
const deviation = 0.02;

/** Last words of the names of output projections that start at zero. */
const zeroProjections = /\.(attention\.projection|mlp\.fc2)\.(weight|bias)$/;
const identityAtStart = /^(fusion|interaction)\./;

/**
 * The initial values of one tensor.
 *
 * @param name Canonical weight name.
 * @param shape Its extents.
 * @param seed Seed of the whole model.
 * @returns Row-major values.
 */
export function initialValues(
  name: string,
  shape: readonly number[],
  seed: number,
): Float32Array<ArrayBuffer> {
  const count = shape.reduce((product, extent) => product * extent, 1);
  const values = new Float32Array(count);
  const last = name.slice(name.lastIndexOf(".") + 1);
  if (identityAtStart.test(name) && zeroProjections.test(name)) return values;
  if (/^(fusion\.projection\.|fusion\.temporal\.position_embedding$|adapter\.up\.)/.test(name)) return values;
  if (last === "running_var" || (last === "weight" && shape.length === 1)) return values.fill(1);
  if (last === "bias" || last === "running_mean") return values;
  fillNormals(values, hash(`${seed} ${name}`));
  return values;
}

/** Normal numbers by Box and Muller's method from a 32-bit generator (mulberry32). */
function fillNormals(values: Float32Array, seed: number): void {
  let state = seed;
  const next = () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
  for (let i = 0; i < values.length; i += 2) {
    const radius = deviation * Math.sqrt(-2 * Math.log(1 - next()));
    const angle = 2 * Math.PI * next();
    values[i] = radius * Math.cos(angle);
    if (i + 1 < values.length) values[i + 1] = radius * Math.sin(angle);
  }
}

/** FNV-1a over UTF-16 units. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193);
  return value;
}
