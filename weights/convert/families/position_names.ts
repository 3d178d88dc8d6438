/**
 * Names under which the reader of ONNX exports gives the two constants into which an exporter splits ViTPose's
 * position embedding: those of the patches, [1, M, D], and the class slot that is added to all, [1, 1, D].
 */
export const splitPositions: readonly [patches: string, classSlot: string] = [
  "@positions",
  "@class_position",
];
