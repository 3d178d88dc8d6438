/** One thing at a time: work that is handed in waits until what was handed in before it has ended, well or badly. */
export class Turns {
  #last: Promise<unknown> = Promise.resolve();

  /**
   * Runs `work` in its turn.
   *
   * @param work What to run.
   * @returns What it returns or throws.
   */
  take<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#last.then(work);
    this.#last = result.catch(() => {});
    return result;
  }
}
