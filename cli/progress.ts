/** Progress on standard error: one line that renews itself, silent without a terminal or with `--quiet`. */

/** Options of {@linkcode createProgress}. */
export interface ProgressOptions {
  /** What is counted, for example `"frames"`. */
  unit: string;
  /** How many there will be, when it is known. */
  total?: number | undefined;
  /** Never print. */
  quiet?: boolean | undefined;
}

/** A progress line. */
export interface Progress {
  /** Says how many are done. */
  update(done: number, note?: string): void;
  /** Ends the line. */
  finish(): void;
}

/** Milliseconds between two prints. */
const interval = 100;

/** Whether the last thing on standard error is a progress line that has not ended. */
let lineIsOpen = false;

/** Ends a progress line that something else is about to be printed under, for example an error. */
export function endProgressLine(): void {
  if (lineIsOpen) write("\n");
  lineIsOpen = false;
}

/**
 * Starts a progress line. The clock runs from the first update, so that what comes before it (weights that load)
 * does not count.
 *
 * @param label What is being done.
 * @param options Unit, total and silence.
 * @returns The line.
 */
export function createProgress(label: string, options: ProgressOptions): Progress {
  const { unit, total, quiet = false } = options;
  if (quiet || !Deno.stderr.isTerminal()) return { update() {}, finish() {} };
  let first: { done: number; time: number } | undefined;
  let printed = -Infinity;
  return {
    update(done, note = "") {
      const now = performance.now();
      first ??= { done, time: now };
      if (now - printed < interval && done !== total) return;
      printed = now;
      const rate = (done - first.done) / (now - first.time) * 1000;
      write(`\r\x1b[K${formatProgress(label, { unit, total, done, rate, note })}`);
      lineIsOpen = true;
    },
    finish: endProgressLine,
  };
}

/** What a progress line says. */
export interface ProgressState {
  /** What is counted. */
  unit: string;
  /** How many there will be, when it is known. */
  total?: number | undefined;
  /** How many are done. */
  done: number;
  /** How many are done per second; anything that is not positive is not known. */
  rate: number;
  /** A word at the end. */
  note?: string;
}

/** `Posing: 3 of 14 frames, 5.31 frames/s, 0:02 left`. */
export function formatProgress(label: string, { unit, total, done, rate, note }: ProgressState): string {
  const parts = [`${label}: ${total === undefined ? done : `${done} of ${total}`} ${unit}`];
  if (Number.isFinite(rate) && rate > 0) {
    parts.push(`${formatRate(rate)} ${unit}/s`);
    // a container may promise fewer frames than come
    if (total !== undefined && total >= done) parts.push(`${formatDuration((total - done) / rate)} left`);
  }
  if (note) parts.push(note);
  return parts.join(", ");
}

/** `1:05` or `2:01:05`. */
export function formatDuration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const [h, m, s] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const pad = (n: number) => String(n).padStart(2, "0");
  return h > 0 ? `${h}:${pad(m)}:${pad(s)}` : `${m}:${pad(s)}`;
}

function formatRate(rate: number): string {
  return rate >= 100 ? rate.toFixed(0) : rate >= 10 ? rate.toFixed(1) : rate.toFixed(2);
}

function write(text: string): void {
  Deno.stderr.writeSync(new TextEncoder().encode(text));
}
