import { DescriptionError } from "./description_error.ts";

/** How often and how patiently is asked again. */
export interface RetryOptions {
  /**
   * Tries in all.
   *
   * @default {5}
   */
  attempts?: number;
  /**
   * The first wait in milliseconds; each further one is twice as long.
   *
   * @default {1000}
   */
  firstWait?: number;
  /**
   * Longest wait in milliseconds; a server that asks for more is not asked again.
   *
   * @default {120000}
   */
  longestWait?: number;
}

/**
 * The wait before another try: twice as long each time, half of it by chance, so that many who failed together do not
 * come back together; never shorter than what the server asked for.
 *
 * @param attempt Number of the try that failed, from 0.
 * @param options Limits, what the server asked for in milliseconds, and the chance from 0 to 1.
 * @returns Milliseconds.
 */
export function backoff(
  attempt: number,
  options: Required<Pick<RetryOptions, "firstWait" | "longestWait">> & {
    asked?: number | undefined;
    chance: number;
  },
): number {
  const { firstWait, longestWait, asked = 0, chance } = options;
  const wait = Math.min(longestWait, firstWait * 2 ** attempt) * (0.5 + 0.5 * chance);
  return Math.max(wait, asked + Math.min(asked * 0.1, 1000) * chance);
}

/**
 * Reads a Retry-After header.
 *
 * @param value Seconds or a date, or null if the header is absent.
 * @param now The present time in milliseconds since 1970.
 * @returns Milliseconds from now, or undefined if the header says nothing of use.
 */
export function retryAfter(value: string | null, now: number): number | undefined {
  if (value === null) return undefined;
  const text = value.trim();
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text) * 1000;
  const date = Date.parse(text);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}

/** One clock for all who ask the same server: when it asks one of them to wait, all wait. */
export class Pace {
  #notBefore = 0;

  /** Lets nobody ask for a time in milliseconds. */
  hold(milliseconds: number): void {
    this.#notBefore = Math.max(this.#notBefore, performance.now() + milliseconds);
  }

  /** Waits until asking is allowed. */
  async ready(signal?: AbortSignal): Promise<void> {
    for (;;) {
      const left = this.#notBefore - performance.now();
      if (left <= 0) return;
      await pause(left, signal);
    }
  }
}

/**
 * Does something that may fail for a time, and does it again while its errors say that this may help.
 *
 * @typeParam T What comes of it.
 * @param action What is done.
 * @param options Limits, the shared clock and a signal that ends the waiting.
 * @returns What the action gives.
 * @throws {unknown} The last error, its message with the number of tries.
 */
export async function retrying<T>(
  action: () => Promise<T>,
  options: RetryOptions & { pace: Pace; signal?: AbortSignal | undefined },
): Promise<T> {
  const { attempts = 5, firstWait = 1000, longestWait = 120_000, pace, signal } = options;
  for (let attempt = 0;; attempt++) {
    await pace.ready(signal);
    try {
      return await action();
    } catch (error) {
      if (!(error instanceof DescriptionError) || !error.retry) throw error;
      const asked = error.waitMilliseconds;
      const isTooLong = asked !== undefined && asked > longestWait;
      if (attempt + 1 >= attempts || isTooLong) {
        const tries = attempt === 0 ? "" : `, after ${attempt + 1} tries`;
        const wait = isTooLong ? `, and the server asks to wait ${Math.round(asked / 1000)} s` : "";
        throw new DescriptionError(`${error.message}${tries}${wait}`);
      }
      if (asked !== undefined) pace.hold(asked);
      await pause(backoff(attempt, { firstWait, longestWait, asked, chance: Math.random() }), signal);
    }
  }
}

/** Waits; a signal ends it early with its reason. */
function pause(milliseconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const onAbort = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", onAbort);
      resolve();
    }, milliseconds);
    signal?.addEventListener("abort", onAbort, { once: true });
  });
}
