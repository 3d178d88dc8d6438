/** Limits of {@linkcode forEachConcurrently}. */
export interface ConcurrencyOptions {
  /** How many actions may be under way at once, at least 1. */
  limit: number;
}

/**
 * Does something with every item, several at once. Items are taken as places become free, so that a long list is
 * never held as a whole. The first error ends the taking; it is thrown when what was under way has ended.
 *
 * @typeParam T What an item is.
 * @param items The items.
 * @param action What is done with each.
 * @param options How many at once.
 */
export async function forEachConcurrently<T>(
  items: Iterable<T> | AsyncIterable<T>,
  action: (item: T) => Promise<void>,
  options: ConcurrencyOptions,
): Promise<void> {
  const { limit } = options;
  if (!Number.isInteger(limit) || limit < 1) {
    throw new RangeError(`Cannot do ${limit} things at once, expected a whole number from 1`);
  }
  const underWay = new Set<Promise<void>>();
  const errors: unknown[] = [];
  for await (const item of items) {
    const task: Promise<void> = action(item).catch((error) => {
      errors.push(error);
    }).finally(() => underWay.delete(task));
    underWay.add(task);
    if (underWay.size >= limit) await Promise.race(underWay);
    if (errors.length > 0) break;
  }
  await Promise.all(underWay);
  if (errors.length > 0) throw errors[0];
}
