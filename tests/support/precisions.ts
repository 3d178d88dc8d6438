/** Kernel tests in both precisions: activations that the device keeps as singles, and as halves. */
import type { StoredType } from "../../gpu/shader.ts";
import { halfBound, kernelBound } from "./compare.ts";
import { testDevice } from "./device.ts";

/** What a test is run in. */
export interface Precision {
  /** How the plan stores weights of products and activations. */
  readonly dtype: StoredType;
  /** Largest absolute error against float64. */
  readonly bound: (expected: ArrayLike<number>) => number;
  /** A value as the plan keeps it. */
  readonly stored: (value: number) => number;
}

/** Options of {@linkcode testPrecisions}. */
export interface PrecisionOptions {
  /** Whether it is run in half precision too. @default {true} */
  half?: boolean;
}

const single: Precision = { dtype: "f32", bound: kernelBound, stored: Math.fround };
const half: Precision = { dtype: "f16", bound: halfBound, stored: Math.f16round };

/** Whether the tests' device keeps halves in buffers; tests of them are ignored where it does not. */
export const keepsHalves: boolean = await testDevice().then(
  ({ device }) => device.traits.halves,
  () => false,
);

/**
 * Registers a test in single precision and, as "… in half precision", in half.
 *
 * @param name What it shows.
 * @param test The test.
 * @param options Whether it is run in half precision.
 */
export function testPrecisions(
  name: string,
  test: (precision: Precision) => Promise<void>,
  options: PrecisionOptions = {},
): void {
  Deno.test(name, () => test(single));
  if (options.half ?? true) testHalf(name, () => test(half));
}

/**
 * Registers a test of half precision, ignored where the device keeps no halves.
 *
 * @param name What it shows.
 * @param test The test.
 */
export function testHalf(name: string, test: () => Promise<void>): void {
  Deno.test({ name: `${name} in half precision`, ignore: !keepsHalves, fn: test });
}
