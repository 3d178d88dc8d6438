/**
 * Language-assisted human pose estimation in video (LAPose, AAAI 2026) on Deno's WebGPU.
 *
 * A weights file and a clip in, the keypoints of every person out. The network runs in WGSL compute shaders on Deno's
 * own WebGPU, headless, or in onnxruntime on the CPU; both run the same file. A description of what happens in the
 * clip is optional: without it the model uses its visual path alone.
 *
 * @example Pose the people of a clip
 * ```ts ignore
 * import { LAPose } from "@lapose/lapose";
 *
 * await using model = await LAPose.load("lapose.onnx", { device: "auto" });
 * const options = { boxes: "boxes.json", description: "a woman throws a ball to a boy" };
 * for await (const frame of model.video("clip.mp4", options)) console.log(frame.name, frame.poses);
 * ```
 *
 * @module
 */
export { type EstimateRequest, LAPose, type LoadOptions } from "./estimation/lapose.ts";
export type { EstimatedPose, PoseExplanation, PoseOptions, PoseWindow } from "./estimation/pose_window.ts";
export type { DeviceChoice } from "./estimation/choose_engine.ts";
export type { ForwardOutputs, TensorValue } from "./estimation/engine.ts";
export type { ForwardInputs } from "./estimation/forward_inputs.ts";
export type { FramePoses, VideoOptions } from "./estimation/video.ts";
export { ClosedError, GpuError, GpuUnavailableError } from "./gpu/errors.ts";
export type { PatchGrid } from "./kernels/patch_embedding/patch_embedding.ts";
export { type ConfigName, frameCount, type LaposeConfig, namedConfig, patchGrid } from "./model/config.ts";
export type {
  FusionConfig,
  HeadConfig,
  InteractionConfig,
  LossConfig,
  TextConfig,
  TransportConfig,
  VisionConfig,
} from "./model/config.ts";
export { parseConfig } from "./model/parse_config.ts";
export type { Box } from "./people/box.ts";
export type { BoxSource, FramePlace, PersonBox } from "./people/boxes.ts";
export type { FrameKey } from "./people/frame_match.ts";
export type { DecodeMode } from "./people/decode.ts";
export type { Frame } from "./people/frame.ts";
export { type KeypointSet, keypointSets } from "./people/keypoint_sets.ts";
export type { Keypoint, Pose } from "./people/pose.ts";
export type { Encoding } from "./text/tokenizer.ts";
