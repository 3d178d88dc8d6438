/** The data sets of ViTPose+ in the order of its experts, with the keypoints of each. */
export const expertDataSets: readonly { name: string; keypoints: number }[] = [
  { name: "coco", keypoints: 17 },
  { name: "aic", keypoints: 14 },
  { name: "mpii", keypoints: 16 },
  { name: "ap10k", keypoints: 17 },
  { name: "apt36k", keypoints: 17 },
  { name: "wholebody", keypoints: 133 },
];

/**
 * Finds an expert of ViTPose+.
 *
 * @param expert Name of its data set, or its number.
 * @returns Its number.
 * @throws {RangeError} When there is none.
 */
export function expertNumber(expert: string | number): number {
  const number = typeof expert === "number" || /^\d+$/.test(expert)
    ? Number(expert)
    : expertDataSets.findIndex(({ name }) => name === expert);
  if (expertDataSets[number] === undefined) {
    throw new RangeError(
      `Cannot choose expert ${expert}: expected ${
        expertDataSets.map(({ name }) => name).join(", ")
      } or 0 to ` +
        `${expertDataSets.length - 1}`,
    );
  }
  return number;
}
