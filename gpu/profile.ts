/** What a profiled run measures. */

/** Time spent on one operator, by timestamp query. */
export interface StepTime {
  /** Operator and tensor. */
  readonly label: string;
  /** GPU time in milliseconds. */
  readonly milliseconds: number;
  /** Its end, in milliseconds after the begin of the first dispatch. */
  readonly endMilliseconds: number;
}

/** GPU time of one run. */
export interface Profile {
  /** Every dispatch, in order. */
  readonly steps: StepTime[];
  /** From the first dispatch's begin to the last one's end, copies between them included, in milliseconds. */
  readonly spanMilliseconds: number;
}
