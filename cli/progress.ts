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

/**
 * Starts a progress line.
 *
 * @param label What is being done.
 * @param options Unit, total and silence.
 * @returns The line.
 */
export function createProgress(label: string, options: ProgressOptions): Progress {
  const { unit, total, quiet = false } = options;
  if (quiet || !Deno.stderr.isTerminal()) return { update() {}, finish() {} };
  const encoder = new TextEncoder();
  const started = performance.now();
  let printed = 0;
  let last = "";
  const print = (text: string) => {
    Deno.stderr.writeSync(encoder.encode(`\r\x1b[K${text}`));
    last = text;
  };
  return {
    update(done, note = "") {
      const now = performance.now();
      if (now - printed < interval && done !== total) return;
      printed = now;
      const rate = done / (now - started) * 1000;
      const left = total !== undefined && rate > 0 ? `, ${formatDuration((total - done) / rate)} left` : "";
      const count = total === undefined ? `${done}` : `${done} of ${total}`;
      print(`${label}: ${count} ${unit}, ${formatRate(rate)} ${unit}/s${left}${note ? `, ${note}` : ""}`);
    },
    finish() {
      if (last) Deno.stderr.writeSync(encoder.encode("\n"));
    },
  };
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
