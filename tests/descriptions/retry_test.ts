import assert from "node:assert/strict";
import { DescriptionError } from "../../descriptions/description_error.ts";
import { backoff, Pace, retryAfter, retrying } from "../../descriptions/retry.ts";

Deno.test("backoff() doubles, half of it by chance, up to the limit", () => {
  const limits = { firstWait: 100, longestWait: 1000 };
  assert.deepEqual([0, 1, 2, 3, 4, 9].map((n) => backoff(n, { ...limits, chance: 1 })), [
    100,
    200,
    400,
    800,
    1000,
    1000,
  ]);
  assert.deepEqual([0, 1, 4].map((n) => backoff(n, { ...limits, chance: 0 })), [50, 100, 500]);
});

Deno.test("backoff() is never shorter than what the server asked for", () => {
  const limits = { firstWait: 100, longestWait: 1000 };
  assert.equal(backoff(0, { ...limits, asked: 700, chance: 0 }), 700);
  assert.equal(backoff(0, { ...limits, asked: 700, chance: 1 }), 770);
  assert.equal(backoff(3, { ...limits, asked: 10, chance: 1 }), 800);
});

Deno.test("retryAfter() reads seconds and dates", () => {
  const now = Date.parse("2026-01-01T00:00:00Z");
  assert.equal(retryAfter("7", now), 7000);
  assert.equal(retryAfter(" 0.5 ", now), 500);
  assert.equal(retryAfter("Thu, 01 Jan 2026 00:00:09 GMT", now), 9000);
  assert.equal(retryAfter("Wed, 31 Dec 2025 00:00:00 GMT", now), 0);
  assert.equal(retryAfter("soon", now), undefined);
  assert.equal(retryAfter(null, now), undefined);
});

Deno.test("retrying() tries again while errors ask for it, and says how often", async () => {
  let calls = 0;
  const options = { attempts: 3, firstWait: 1, pace: new Pace() };
  const failing = () => Promise.reject(new DescriptionError(`fault ${++calls}`, { retry: true }));
  await assert.rejects(retrying(failing, options), { message: "fault 3, after 3 tries" });
  calls = 0;
  const once = () =>
    ++calls < 2 ? Promise.reject(new DescriptionError("x", { retry: true })) : Promise.resolve("good");
  assert.equal(await retrying(once, options), "good");
  calls = 0;
  const final = () => Promise.reject(new DescriptionError(`fault ${++calls}`));
  await assert.rejects(retrying(final, options), { message: "fault 1" });
});

Deno.test("retrying() does not wait longer than its limit, and ends with its signal", async () => {
  const pace = new Pace();
  const busy = () => Promise.reject(new DescriptionError("busy", { retry: true, waitMilliseconds: 9000 }));
  await assert.rejects(retrying(busy, { longestWait: 1000, pace }), {
    message: "busy, and the server asks to wait 9 s",
  });
  const signal = AbortSignal.abort(new Error("enough"));
  const waiting = () => Promise.reject(new DescriptionError("busy", { retry: true }));
  await assert.rejects(retrying(waiting, { firstWait: 100_000, pace, signal }), { message: "enough" });
});

Deno.test("Pace makes everyone wait when one is asked to", async () => {
  const pace = new Pace();
  const started = performance.now();
  pace.hold(60);
  pace.hold(20);
  await Promise.all([pace.ready(), pace.ready()]);
  assert.ok(performance.now() - started >= 59);
});
