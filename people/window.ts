/** One frame with its neighbours in time. */
export interface FrameWindow<T> {
  /** Number of the middle frame in the clip, from 0. */
  index: number;
  /** The middle frame. */
  keyframe: T;
  /** 2 · span + 1 frames in order of time, the keyframe in the middle; at the clip's ends its end frame is repeated. */
  frames: T[];
}

/** How windows are made. */
export interface WindowOptions<T> {
  /**
   * Called once with each frame that no later window holds, after the last window that does has been used, for example
   * with {@linkcode releaseFrame}.
   *
   * @default {nothing is called}
   */
  release?: (frame: T) => void;
}

/**
 * Gives every frame of a clip with its neighbours t − ω … t + ω, so that every frame is posed, a clip of one frame too.
 *
 * It reads ω frames ahead and holds 2ω + 1 frames at most.
 *
 * @typeParam T What a frame is.
 * @param frames The clip.
 * @param span Temporal span ω, 0 or more.
 * @param options What happens to frames that are done with.
 * @returns One window per frame, in order; breaking off ends the reading of the clip.
 * @throws {RangeError} If `span` is no integer of at least 0.
 */
export async function* windows<T>(
  frames: AsyncIterable<T> | Iterable<T>,
  span: number,
  options: WindowOptions<T> = {},
): AsyncGenerator<FrameWindow<T>, void, undefined> {
  if (!Number.isInteger(span) || span < 0) {
    throw new RangeError(`Cannot make windows of span ${span}, expected an integer of at least 0`);
  }
  const { release = () => {} } = options;
  const held: T[] = [];
  /** Number of `held[0]` in the clip, and of the next keyframe. */
  let first = 0;
  let next = 0;
  const window = (): FrameWindow<T> => {
    const at = (index: number) => held[Math.min(Math.max(index - first, 0), held.length - 1)];
    return {
      index: next,
      keyframe: at(next),
      frames: Array.from({ length: 2 * span + 1 }, (_, i) => at(next - span + i)),
    };
  };
  const advance = () => {
    next++;
    if (next - span <= first) return;
    release(held.shift()!);
    first++;
  };
  for await (const frame of frames) {
    held.push(frame);
    if (first + held.length <= next + span) continue;
    yield window();
    advance();
  }
  while (next < first + held.length) {
    yield window();
    advance();
  }
  held.forEach(release);
}
