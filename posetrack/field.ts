/** An object of a parsed JSON document. */
export type JsonObject = Readonly<Record<string, unknown>>;

/**
 * One value of a parsed JSON document that knows its file and its path there, so that a check that fails can name both,
 * with what was found and what was wanted.
 */
export class Field {
  /** The value. */
  readonly value: unknown;
  /** Name of the file. */
  readonly file: string;
  readonly #parent: Field | undefined;
  readonly #step: string | number;

  /**
   * The top of a document.
   *
   * @param value The parsed document.
   * @param file Name of the file.
   * @param origin Where the value comes from, for fields below the top.
   */
  constructor(value: unknown, file: string, origin?: { parent: Field; step: string | number }) {
    this.value = value;
    this.file = file;
    this.#parent = origin?.parent;
    this.#step = origin?.step ?? "";
  }

  /** Path within the document, such as `annotations[3].scores`; empty at its top. */
  get place(): string {
    const above = this.#parent?.place ?? "";
    if (typeof this.#step === "number") return `${above}[${this.#step}]`;
    return above === "" ? this.#step : `${above}.${this.#step}`;
  }

  /** Whether the value is neither missing nor null. */
  get isPresent(): boolean {
    return this.value !== undefined && this.value !== null;
  }

  /** Whether the value is a list without entries. */
  get isEmptyList(): boolean {
    return Array.isArray(this.value) && this.value.length === 0;
  }

  /**
   * Makes the error of a wrong value.
   *
   * @param wanted What was expected, in words.
   * @returns A TypeError for the caller to throw.
   */
  error(wanted: string): TypeError {
    const place = this.place === "" ? "the document" : this.place;
    return new TypeError(
      `Cannot read ${this.file}: ${place} is ${describeValue(this.value)}, expected ${wanted}`,
    );
  }

  /**
   * A field of the object.
   *
   * @param key Its name.
   * @returns The field; its value is undefined when the object lacks it.
   * @throws {TypeError} If the value is no object.
   */
  key(key: string): Field {
    return new Field(this.object()[key], this.file, { parent: this, step: key });
  }

  /**
   * Requires an object.
   *
   * @returns The object.
   * @throws {TypeError} If the value is anything else.
   */
  object(): JsonObject {
    if (typeof this.value !== "object" || this.value === null || Array.isArray(this.value)) {
      throw this.error("an object");
    }
    return this.value as JsonObject;
  }

  /**
   * Requires a list.
   *
   * @returns Its entries as fields.
   * @throws {TypeError} If the value is anything else.
   */
  list(): Field[] {
    if (!Array.isArray(this.value)) throw this.error("a list");
    return this.value.map((entry, index) => new Field(entry, this.file, { parent: this, step: index }));
  }

  /**
   * Requires a finite number.
   *
   * @returns The number.
   * @throws {TypeError} If the value is anything else, NaN included.
   */
  number(): number {
    if (typeof this.value !== "number" || !Number.isFinite(this.value)) throw this.error("a finite number");
    return this.value;
  }

  /**
   * Requires an integer.
   *
   * @returns The integer.
   * @throws {TypeError} If the value is anything else.
   */
  integer(): number {
    const number = this.number();
    if (!Number.isInteger(number)) throw this.error("an integer");
    return number;
  }

  /**
   * Requires a string.
   *
   * @returns The string.
   * @throws {TypeError} If the value is anything else, or empty.
   */
  text(): string {
    if (typeof this.value !== "string" || this.value === "") throw this.error("a non-empty string");
    return this.value;
  }

  /**
   * Requires the id of an image.
   *
   * @returns The id.
   * @throws {TypeError} If the value is neither a number nor a string.
   */
  imageId(): number | string {
    if (typeof this.value !== "number" && typeof this.value !== "string") throw this.error("an image id");
    return this.value;
  }

  /**
   * Requires a list of finite numbers.
   *
   * @param length Number of entries wanted; any when absent.
   * @returns The numbers.
   * @throws {TypeError} If the value is anything else.
   */
  numbers(length?: number): readonly number[] {
    const list = this.value;
    if (!Array.isArray(list)) throw this.error("a list");
    if (length !== undefined && list.length !== length) throw this.error(`a list of ${length} numbers`);
    for (let i = 0; i < list.length; i++) {
      if (typeof list[i] !== "number" || !Number.isFinite(list[i])) {
        throw this.list()[i].error("a finite number");
      }
    }
    return list as readonly number[];
  }

  /**
   * The value, or the first entry when it is a list: PoseTrack 2017 files wrap every number.
   *
   * @returns A field of the same place; undefined for an empty list.
   */
  first(): Field {
    if (!Array.isArray(this.value) || this.#parent === undefined) return this;
    return new Field(this.value[0], this.file, { parent: this.#parent, step: this.#step });
  }
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
