import assert from "node:assert/strict";
import { inspect } from "node:util";
import { ApiKey } from "../../descriptions/api_key.ts";

const secret = 'sk-"very/secret+key=';
const key = new ApiKey(` ${secret}\n`, "a test");

Deno.test("ApiKey leaves only as a header", () => {
  assert.equal(key.authorization(), `Bearer ${secret}`);
  const shown = [
    `${key}`,
    JSON.stringify({ key }),
    Deno.inspect(key, { depth: 9, showHidden: true }),
    inspect(key, { depth: 9, showHidden: true }),
    JSON.stringify(Object.entries(key)),
  ];
  for (const text of shown) assert.ok(!text.includes("secret"), text);
});

Deno.test("ApiKey.scrub() takes out every spelling", () => {
  for (
    const spelling of [secret, encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1), btoa(secret)]
  ) {
    const text = `a ${spelling} b ${spelling}`;
    assert.equal(key.scrub(text), "a [key] b [key]");
    assert.ok(key.isIn(text));
  }
  assert.ok(!key.isIn("nothing of it"));
});

Deno.test("ApiKey leaves words alone where the key is a placeholder", () => {
  const placeholder = new ApiKey("x", "a test");
  assert.equal(placeholder.scrub("an axis"), "an axis");
  assert.ok(!placeholder.isIn("an axis"));
});

Deno.test("ApiKey refuses what no header can carry, without showing it", () => {
  for (const value of ["two\nlines", "two words", "schlüssel-wort", "nul\0byte"]) {
    assert.throws(() => new ApiKey(value, "a test"), (error: Error) => {
      assert.equal(error.name, "TypeError");
      assert.ok(!error.message.includes(value.slice(0, 3)), error.message);
      return true;
    });
  }
});

Deno.test("ApiKey.fromEnvironment() reads the variable that is named", () => {
  const name = "LAPOSE_TEST_KEY_VARIABLE";
  Deno.env.delete(name);
  assert.throws(() => ApiKey.fromEnvironment(name), {
    name: "TypeError",
    message: /LAPOSE_TEST_KEY_VARIABLE is not set/,
  });
  Deno.env.set(name, "abcd1234");
  try {
    assert.equal(ApiKey.fromEnvironment(name)?.authorization(), "Bearer abcd1234");
  } finally {
    Deno.env.delete(name);
  }
});
