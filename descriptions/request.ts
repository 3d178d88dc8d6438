import type { Frame } from "../people/frame.ts";
import { encodeJpeg } from "./picture.ts";

/** How pictures are sent: one image after another, which every server takes, or as one video. */
export type Media = "images" | "video";

/** What is asked of a model. */
export interface Question {
  /** Name of the model. */
  model: string;
  /** The prompt. */
  prompt: string;
  /** Opaque pictures in the order of time, at least one; as a video all of one size. */
  pictures: readonly Frame[];
  /** Number of each picture in its clip, from 0. */
  sampled?: readonly number[] | undefined;
  /** Number of frames of the clip. */
  clipLength?: number | undefined;
  /** Frames per second of the clip. */
  frameRate?: number | undefined;
}

/** How it is asked. */
export interface RequestOptions {
  /**
   * How pictures are sent.
   *
   * @default {"images"}
   */
  media?: Media;
  /**
   * Whether the answer shall come piece by piece.
   *
   * @default {false}
   */
  stream?: boolean;
  /**
   * Most tokens of the answer.
   *
   * @default {400}
   */
  maxTokens?: number;
  /**
   * Randomness; 0 gives the same answer again on most servers.
   *
   * @default {0}
   */
  temperature?: number;
  /** Further fields of the request, for one server's own options; null takes a field out. */
  fields?: Readonly<Record<string, unknown>> | undefined;
}

/**
 * Builds the body of `POST /v1/chat/completions`: one user message, the prompt first and then the pictures.
 *
 * Images go as one `image_url` part each, a `data:image/jpeg` URI. A video goes as one `video_url` part with
 * `data:video/jpeg`, the frames' JPEG files in base64 with commas between, which is how vLLM takes frames that were
 * sampled before; `media_io_kwargs` says which frames they are.
 *
 * @param question Model, prompt and pictures.
 * @param options How it is asked.
 * @returns The body, ready for `JSON.stringify`.
 * @throws {TypeError} If there is no picture, or a video's pictures differ in size.
 */
export async function chatRequest(
  question: Question,
  options: RequestOptions = {},
): Promise<Record<string, unknown>> {
  const { model, prompt, pictures } = question;
  const { media = "images", stream = false, maxTokens = 400, temperature = 0, fields = {} } = options;
  if (pictures.length === 0) throw new TypeError("Cannot ask about no picture, expected at least one");
  const files: string[] = [];
  for (const picture of pictures) files.push((await encodeJpeg(picture)).toBase64());
  const parts = media === "video" ? [videoPart(pictures, files)] : files.map(imagePart);
  const body: Record<string, unknown> = {
    model,
    messages: [{ role: "user", content: [{ type: "text", text: prompt }, ...parts] }],
    max_tokens: maxTokens,
    temperature,
    stream,
    ...(media === "video" ? videoFacts(question) : {}),
    ...fields,
  };
  for (const [name, value] of Object.entries(body)) if (value === null) delete body[name];
  return body;
}

/**
 * Whether a video may go without `media_io_kwargs` to a server that refuses the field: vLLM takes 32 frames at most
 * then, and drops the others without a word.
 *
 * @param question Model, prompt and pictures.
 * @param options How it is asked; a field of the user's own is not taken out.
 * @returns Whether the server gets every frame.
 */
export function isWithoutFactsEnough({ pictures }: Question, { fields }: RequestOptions): boolean {
  return pictures.length <= 32 && fields?.media_io_kwargs === undefined;
}

function imagePart(file: string): object {
  return { type: "image_url", image_url: { url: `data:image/jpeg;base64,${file}` } };
}

function videoPart(pictures: readonly Frame[], files: readonly string[]): object {
  const sizes = new Set(pictures.map(({ width, height }) => `${width}×${height}`));
  if (sizes.size > 1) {
    throw new TypeError(`Cannot send pictures of ${[...sizes].join(", ")} as one video, expected one size`);
  }
  return { type: "video_url", video_url: { url: `data:video/jpeg;base64,${files.join(",")}` } };
}

/** Which frames of the clip they are; servers that do not know the field leave it aside. */
function videoFacts({ pictures, sampled, clipLength, frameRate }: Question): Record<string, unknown> {
  if (sampled === undefined || clipLength === undefined) return {};
  const video = {
    num_frames: pictures.length,
    frames_indices: sampled,
    total_num_frames: clipLength,
    ...(frameRate === undefined ? {} : { fps: frameRate, duration: clipLength / frameRate }),
    do_sample_frames: false,
  };
  return { media_io_kwargs: { video } };
}
