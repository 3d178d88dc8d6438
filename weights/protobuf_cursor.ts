import type { RandomAccessFile } from "./random_access_file.ts";

/** How a protobuf field's value is laid out. Groups (3, 4) are long gone from the format and are refused. */
export const wireTypes = { varint: 0, fixed64: 1, bytes: 2, fixed32: 5 } as const;

/** Where one field of a message lies in the file. */
export interface ProtobufField {
  /** Field number. */
  number: number;
  /** Layout of the value, one of `wireTypes`. */
  wireType: number;
  /** First byte of the tag. */
  start: number;
  /** First byte of the value; of the contents for `wireTypes.bytes`. */
  value: number;
  /** First byte after the value. */
  end: number;
}

/** Bytes that are read from the file at a time. */
const windowBytes = 65536;

/** Walks protobuf wire format in a file through a small window; nothing is read that is not asked for. */
export class ProtobufCursor {
  readonly #file: RandomAccessFile;
  readonly #window: Uint8Array<ArrayBuffer> = new Uint8Array(windowBytes);
  readonly #number = new DataView(new ArrayBuffer(8));
  #windowStart = 0;
  #windowEnd = 0;

  /** Byte that is read next. */
  position = 0;

  /**
   * @param file File to walk; it is read synchronously.
   */
  constructor(file: RandomAccessFile) {
    this.#file = file;
  }

  /**
   * Reads the next tag and locates its value; leaves the cursor after the value.
   *
   * @param end First byte after the message that holds the field.
   * @returns Where the field lies.
   * @throws {SyntaxError} When these bytes are not a field.
   * @throws {RangeError} When the value reaches past `end`.
   */
  nextField(end: number): ProtobufField {
    const start = this.position;
    const tag = this.readVarint(end);
    const number = Math.floor(tag / 8);
    const wireType = tag % 8;
    if (number < 1 || number > 0x1fffffff) throw this.#malformed(start, `field number ${number}`);
    let value = this.position;
    let length = 0;
    if (wireType === wireTypes.varint) this.readVarint(end);
    else if (wireType === wireTypes.fixed64) length = 8;
    else if (wireType === wireTypes.fixed32) length = 4;
    else if (wireType === wireTypes.bytes) {
      length = this.readVarint(end);
      value = this.position;
    } else throw this.#malformed(start, `wire type ${wireType}`);
    // A length that was written as negative would send the walk backwards.
    if (length < 0 || this.position + length > end) {
      throw new RangeError(
        `Cannot read ${this.#file.path}: field ${number} at byte ${start} needs ${length} bytes, ` +
          `${end - this.position} are left (a file that is cut short?)`,
      );
    }
    this.position += length;
    return { number, wireType, start, value, end: this.position };
  }

  /**
   * Reads a variable-length integer as a signed 64-bit number; magnitudes above 2^53 are rounded.
   *
   * @param end First byte after the message that holds the integer.
   * @returns The integer.
   * @throws {SyntaxError} When it is longer than 10 bytes.
   * @throws {RangeError} When the message ends within it.
   */
  readVarint(end: number): number {
    const start = this.position;
    let low = 0;
    let high = 0;
    for (let shift = 0; shift < 70; shift += 7) {
      if (this.position >= end) {
        throw new RangeError(
          `Cannot read ${this.#file.path}: it is cut short within the number at byte ${start}`,
        );
      }
      const byte = this.#byte();
      const bits = byte & 0x7f;
      // 64 bits in two halves, because JavaScript shifts 32 at most; bits 28 to 34 straddle them.
      if (shift < 28) low |= bits << shift;
      else if (shift === 28) {
        low |= bits << 28;
        high = bits >> 4;
      } else high |= bits << (shift - 32);
      if (byte < 0x80) return (high | 0) * 2 ** 32 + (low >>> 0);
    }
    throw this.#malformed(start, "a number longer than 10 bytes");
  }

  /**
   * Reads a little-endian float32 or float64.
   *
   * @param wireType `wireTypes.fixed32` or `wireTypes.fixed64`.
   * @param end First byte after the message that holds the number.
   * @returns The number.
   */
  readFloat(wireType: number, end: number): number {
    const bytes = wireType === wireTypes.fixed32 ? 4 : 8;
    if (this.position + bytes > end) {
      throw new RangeError(`Cannot read ${this.#file.path}: it is cut short at byte ${this.position}`);
    }
    for (let index = 0; index < bytes; index++) this.#number.setUint8(index, this.#byte());
    return bytes === 4 ? this.#number.getFloat32(0, true) : this.#number.getFloat64(0, true);
  }

  #byte(): number {
    if (this.position < this.#windowStart || this.position >= this.#windowEnd) {
      const length = Math.min(windowBytes, this.#file.size - this.position);
      this.#file.readSync(this.position, this.#window.subarray(0, length));
      this.#windowStart = this.position;
      this.#windowEnd = this.position + length;
    }
    return this.#window[this.position++ - this.#windowStart];
  }

  #malformed(position: number, found: string): SyntaxError {
    return new SyntaxError(
      `Cannot read ${this.#file.path}: ${found} at byte ${position}, expected a protobuf field`,
    );
  }
}
