/** A growing list of scored detections, true or false, in two typed arrays. */
export class DetectionList {
  #scores = new Float64Array(1024);
  #labels = new Uint8Array(1024);
  #length = 0;

  /** Number of detections. */
  get length(): number {
    return this.#length;
  }

  /**
   * Adds one detection.
   *
   * @param score Confidence.
   * @param label Whether it is a true positive.
   */
  add(score: number, label: boolean): void {
    if (this.#length === this.#scores.length) {
      const scores = new Float64Array(2 * this.#length);
      scores.set(this.#scores);
      const labels = new Uint8Array(2 * this.#length);
      labels.set(this.#labels);
      this.#scores = scores;
      this.#labels = labels;
    }
    this.#scores[this.#length] = score;
    this.#labels[this.#length] = label ? 1 : 0;
    this.#length++;
  }

  /**
   * The labels by falling score; detections of equal score keep the order in which they were added.
   *
   * @returns 1 for a true positive, 0 for a false one.
   */
  sortedLabels(): Uint8Array {
    const scores = this.#scores;
    const order = Uint32Array.from({ length: this.#length }, (_, index) => index);
    order.sort((a, b) => scores[b] - scores[a] || a - b);
    return Uint8Array.from(order, (index) => this.#labels[index]);
  }
}
