/** Decodes image files for {@link FramePool} in a thread of its own: paths in, frames out, in order. */
import { ImageDecoder } from "../people/image_decoder.ts";
import type { DecodeReply } from "./frame_pool.ts";

/** What this file uses of a worker's global scope. */
interface WorkerScope {
  onmessage: ((event: MessageEvent<string>) => void) | null;
  postMessage(message: DecodeReply, transfer: Transferable[]): void;
}

const scope = self as unknown as WorkerScope;
const decoder = new ImageDecoder();
let turn: Promise<void> = Promise.resolve();

scope.onmessage = ({ data: path }) => {
  turn = turn.then(() => decode(path));
};

async function decode(path: string): Promise<void> {
  try {
    const { width, height, data } = await decoder.decodeFile(path);
    scope.postMessage({ path, frame: { width, height, data } }, [data.buffer as ArrayBuffer]);
  } catch (error) {
    scope.postMessage({ path, error: error instanceof Error ? error.message : String(error) }, []);
  }
}
