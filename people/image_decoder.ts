import { type Canvas, createCanvas, Image, type SKRSContext2D } from "@napi-rs/canvas";
import { releaseMemory } from "../files/release_memory.ts";
import type { Frame } from "./frame.ts";
import { opaqueImage, plainImage } from "./image_container.ts";

/**
 * Decodes image files one after another, with memory that stays flat however many there are.
 *
 * The pixels are the stored ones: colour profiles are not applied and transparency is dropped, as Pillow's
 * `convert("RGB")` does; the EXIF orientation of JPEG files is applied, as OpenCV and ffmpeg do. Grey and CMYK become
 * RGB, 16 bits become 8, and of an animation the first picture is taken.
 */
export class ImageDecoder {
  // One image and one canvas serve every file, since what they hold outside JavaScript's heap is only given back when
  // the collector happens to run.
  readonly #image = new Image();
  readonly #canvas: Canvas = createCanvas(1, 1);
  #context: SKRSContext2D = this.#canvas.getContext("2d");

  /**
   * Decodes one file. Calls must not overlap.
   *
   * @param bytes The file's content: JPEG, PNG, WebP or BMP.
   * @param name How errors call it; becomes the frame's name.
   * @returns The frame, every alpha 255.
   * @throws {SyntaxError} If the file is empty, no image, truncated or damaged.
   */
  async decode(bytes: Uint8Array, name: string): Promise<Frame> {
    if (bytes.length === 0) {
      throw new SyntaxError(`Cannot decode image ${name}: it is empty (0 bytes), expected an image file`);
    }
    try {
      const plain = plainImage(bytes);
      const frame = await this.#draw(plain, name);
      if (isOpaque(frame.data)) {
        if (plain !== bytes) releaseMemory(plain); // drawn, so that the image needs it no more
        return frame;
      }
      const opaque = opaqueImage(plain);
      if (opaque === plain) throw new SyntaxError("it has transparent pixels, of a kind that cannot be read");
      return fillAlpha(await this.#draw(opaque, name));
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new SyntaxError(`Cannot decode image ${name}: ${reason}`, { cause: error });
    }
  }

  /**
   * Reads and decodes one file. Calls must not overlap.
   *
   * @param path The file; becomes the frame's name.
   * @returns The frame, every alpha 255.
   * @throws {SyntaxError} If the file is empty, no image, truncated or damaged.
   * @throws {Deno.errors.NotFound} If there is no such file.
   */
  async decodeFile(path: string): Promise<Frame> {
    const bytes = await Deno.readFile(path);
    const frame = await this.decode(bytes, path);
    releaseMemory(bytes);
    return frame;
  }

  async #draw(bytes: Uint8Array, name: string): Promise<Frame> {
    await this.#load(bytes);
    const { width, height } = this.#image;
    if (this.#canvas.width !== width || this.#canvas.height !== height) {
      this.#canvas.width = width;
      this.#canvas.height = height;
      this.#context = this.#canvas.getContext("2d");
    }
    this.#context.globalCompositeOperation = "copy";
    this.#context.drawImage(this.#image, 0, 0);
    const pixels = this.#canvas.data();
    const data = new Uint8ClampedArray(4 * width * height);
    data.set(pixels);
    releaseMemory(pixels);
    return { width, height, data, name };
  }

  #load(bytes: Uint8Array): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#image.onload = resolve;
      this.#image.onerror = () => reject(new SyntaxError("its pixels cannot be decoded (damaged)"));
      this.#image.src = bytes;
    });
  }
}

function isOpaque(data: Uint8ClampedArray): boolean {
  for (let i = 3; i < data.length; i += 4) if (data[i] !== 255) return false;
  return true;
}

/** A WebP decoder may pass alpha through though the file says that it is not used. */
function fillAlpha(frame: Frame): Frame {
  for (let i = 3; i < frame.data.length; i += 4) frame.data[i] = 255;
  return frame;
}
