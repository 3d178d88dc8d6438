/**
 * Gives memory back now, not when the collector runs: files, pictures and weights are read faster than that.
 *
 * @param memory A buffer that nobody reads any more, or a view; of a view that is a part of a larger buffer, as
 * Node's may be, nothing is freed. Memory that is gone already stays so.
 */
export function releaseMemory(memory: ArrayBufferLike | ArrayBufferView): void {
  const buffer = ArrayBuffer.isView(memory) ? memory.buffer : memory;
  const isWhole = memory.byteLength === buffer.byteLength;
  if (isWhole && buffer instanceof ArrayBuffer && !buffer.detached) buffer.transfer(0);
}
