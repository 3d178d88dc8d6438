/**
 * Checks of single fields of an annotation file. Each names the file, the place, what was found and what was wanted.
 */

/** An object of a parsed JSON document. */
export type JsonObject = Readonly<Record<string, unknown>>;

/**
 * Makes the error of a field with a wrong value.
 *
 * @param file Name of the file.
 * @param place Path of the field within it.
 * @param found The value.
 * @param wanted What was expected, in words.
 * @returns A TypeError for the caller to throw.
 */
export function badField(file: string, place: string, found: unknown, wanted: string): TypeError {
  return new TypeError(`Cannot read ${file}: ${place} is ${describeValue(found)}, expected ${wanted}`);
}

/**
 * Describes a value of a document shortly, for messages.
 *
 * @param value Any JSON value.
 * @returns The value itself when short, else its kind and size.
 */
export function describeValue(value: unknown): string {
  if (value === undefined) return "missing";
  if (Array.isArray(value)) return value.length === 0 ? "an empty list" : `a list of ${value.length}`;
  if (typeof value === "object" && value !== null) return "an object";
  if (value === "NaN" || value === "Infinity" || value === "-Infinity") return value;
  return JSON.stringify(value) ?? String(value);
}

/**
 * Requires an object.
 *
 * @param value The field.
 * @param file Name of the file.
 * @param place Path of the field.
 * @returns The object.
 * @throws {TypeError} If it is anything else.
 */
export function objectField(value: unknown, file: string, place: string): JsonObject {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw badField(file, place, value, "an object");
  }
  return value as JsonObject;
}

/**
 * Requires a list.
 *
 * @param value The field.
 * @param file Name of the file.
 * @param place Path of the field.
 * @returns The list.
 * @throws {TypeError} If it is anything else.
 */
export function listField(value: unknown, file: string, place: string): readonly unknown[] {
  if (!Array.isArray(value)) throw badField(file, place, value, "a list");
  return value;
}

/**
 * Requires a finite number.
 *
 * @param value The field.
 * @param file Name of the file.
 * @param place Path of the field.
 * @returns The number.
 * @throws {TypeError} If it is anything else, NaN included.
 */
export function numberField(value: unknown, file: string, place: string): number {
  if (typeof value !== "number" || !Number.isFinite(value)) {
    throw badField(file, place, value, "a finite number");
  }
  return value;
}

/**
 * Reads a finite number that may be missing or null.
 *
 * @param value The field.
 * @param file Name of the file.
 * @param place Path of the field.
 * @returns The number, or undefined.
 * @throws {TypeError} If it is there and no finite number.
 */
export function optionalNumber(value: unknown, file: string, place: string): number | undefined {
  return value === undefined || value === null ? undefined : numberField(value, file, place);
}

/**
 * Requires a string.
 *
 * @param value The field.
 * @param file Name of the file.
 * @param place Path of the field.
 * @returns The string.
 * @throws {TypeError} If it is anything else or empty.
 */
export function stringField(value: unknown, file: string, place: string): string {
  if (typeof value !== "string" || value === "") throw badField(file, place, value, "a non-empty string");
  return value;
}

/**
 * Requires a list of finite numbers of a known length.
 *
 * @param value The field.
 * @param file Name of the file.
 * @param options Path of the field and wanted length.
 * @returns The numbers.
 * @throws {TypeError} If it is anything else.
 */
export function numbersField(
  value: unknown,
  file: string,
  options: { place: string; length?: number },
): readonly number[] {
  const { place, length } = options;
  const list = listField(value, file, place);
  if (length !== undefined && list.length !== length) {
    throw badField(file, place, value, `a list of ${length} numbers`);
  }
  for (let i = 0; i < list.length; i++) {
    const entry = list[i];
    if (typeof entry !== "number" || !Number.isFinite(entry)) {
      throw badField(file, `${place}[${i}]`, entry, "a finite number");
    }
  }
  return list as readonly number[];
}
