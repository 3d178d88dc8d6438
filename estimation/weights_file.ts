/**
 * The LAPose weights file: one ONNX model that carries configuration, keypoint set, tokenizer, weights and the real
 * graph, so that one file is enough for us and any ONNX runtime can run it.
 */
import { exportOnnx } from "../graph/export_onnx.ts";
import { frameCount, type LaposeConfig, patchGrid } from "../model/config.ts";
import { forwardGraph, parameterShapes } from "../model/forward_graph.ts";
import { parseConfig } from "../model/parse_config.ts";
import { type KeypointSet, keypointSetByName } from "../people/keypoint_sets.ts";
import { createTokenizer, type Tokenizer } from "../text/tokenizer.ts";
import { checkFinite } from "../weights/check_finite.ts";
import { checkTensors } from "../weights/check_tensors.ts";
import { elementCount } from "../weights/element_type.ts";
import { nodeMessage, valueMessage } from "../weights/onnx_nodes.ts";
import { openOnnx } from "../weights/onnx_reader.ts";
import { writeOnnx } from "../weights/onnx_writer.ts";
import { findTensor } from "../weights/tensor_file.ts";
import packageManifest from "../deno.json" with { type: "json" };

const formatVersion = "1";
const opset = 17;

/** An opened weights file; tensors are read when they are asked for. */
export interface WeightsFile extends AsyncDisposable {
  /** Where it is. */
  readonly path: string;
  /** The model's configuration. */
  readonly config: LaposeConfig;
  /** The keypoints it finds. */
  readonly keypoints: KeypointSet;
  /** The tokenizer of its text encoder; absent without language. */
  readonly tokenizer: Tokenizer | undefined;
  /** Where the weights come from, for people. */
  readonly provenance: string;
  /** Number of weights. */
  readonly parameterCount: number;
  /** Bytes of all weights. */
  readonly parameterBytes: number;
  /** Element types that occur, for example `["float32"]`. */
  readonly dataTypes: readonly string[];
  /**
   * Reads a tensor.
   *
   * @param name Canonical name.
   * @param allocate Gives memory of at least so many bytes; the caller's, once the values are no longer needed.
   * @returns Row-major values.
   * @throws {RangeError} When a value is not finite; the message names tensor and index.
   */
  read(name: string, allocate?: (bytes: number) => ArrayBuffer): Promise<Float32Array<ArrayBuffer>>;
  /** Closes the file. */
  close(): Promise<void>;
}

/** What a new weights file holds. */
export interface WeightsContent {
  /** The model's configuration. */
  config: LaposeConfig;
  /** Text of a tokenizer.json; none without language. */
  tokenizer?: string;
  /** Where the weights come from, for people. */
  provenance: string;
  /** Makes the values of one tensor. */
  values: (
    name: string,
    shape: readonly number[],
  ) => Promise<Float32Array<ArrayBuffer>> | Float32Array<ArrayBuffer>;
}

/** Options of {@linkcode writeWeights}. */
export interface WriteWeightsOptions {
  /**
   * Element type of the stored weights.
   *
   * @default "float32"
   */
  dataType?: "float32" | "float16";
  /**
   * Whether the graph has `crossAttention [batch, M, tokens]` as an output too: what an explanation needs and the format
   * does not have.
   *
   * @default false
   */
  crossAttention?: boolean;
  /** Called with bytes written and bytes in all. */
  onProgress?: (written: number, total: number) => void;
}

/**
 * Opens a weights file and checks that it holds what its configuration says.
 *
 * @param path The `.onnx` file.
 * @returns The file.
 * @throws {Error} When there is no such file.
 * @throws {TypeError} When it is not a LAPose weights file, or tensors are missing, surplus or misshapen (all are named).
 */
export async function openWeights(path: string): Promise<WeightsFile> {
  const file = await openOnnx(path).catch((error: unknown) => {
    if (!(error instanceof Error && error.cause instanceof Deno.errors.NotFound)) throw error;
    throw new Error(
      `Cannot open weights ${path}: the file does not exist; make one with \`lapose convert\` or \`lapose init\``,
      { cause: error },
    );
  });
  try {
    const metadata = (key: string): string | undefined => file.metadata.get(`lapose.${key}`);
    const format = metadata("format");
    if (format !== formatVersion) {
      throw new TypeError(
        `Cannot use ${path} as LAPose weights: ` +
          (format === undefined
            ? "its metadata has no lapose.format; make a weights file with `lapose convert` or `lapose init`"
            : `format ${format}, expected ${formatVersion}`),
      );
    }
    const config = parseConfig(parseJson(path, metadata("config")), path);
    const keypoints = keypointSetByName(config.keypoints);
    const tokenizerText = metadata("tokenizer");
    if (config.language && tokenizerText === undefined) {
      throw new TypeError(`Cannot use ${path} as LAPose weights: it has a text encoder and no tokenizer`);
    }
    checkTensors(file, parameterShapes(config, keypoints.keypoints.length));
    const entries = [...file.tensors.values()];
    return {
      path,
      config,
      keypoints,
      tokenizer: config.language && tokenizerText !== undefined ? createTokenizer(tokenizerText) : undefined,
      provenance: metadata("provenance") ?? "unknown",
      parameterCount: entries.reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0),
      parameterBytes: entries.reduce((sum, { bytes }) => sum + bytes, 0),
      dataTypes: [...new Set(entries.map(({ dataType }) => dataType))],
      read: async (name, allocate) => {
        const { shape } = findTensor(file, name);
        const count = elementCount(shape, name);
        const values = allocate ? new Float32Array(allocate(count * 4), 0, count) : new Float32Array(count);
        await file.readInto(name, values);
        checkFinite(values, { path, name, shape });
        return values;
      },
      close: () => file.close(),
      [Symbol.asyncDispose]: () => file.close(),
    };
  } catch (error) {
    await file.close();
    throw error;
  }
}

/**
 * Writes a weights file, one tensor at a time; it appears whole or not at all.
 *
 * @param path Where to.
 * @param content Configuration, tokenizer and values.
 * @param options Element type and progress.
 */
export async function writeWeights(
  path: string,
  content: WeightsContent,
  options: WriteWeightsOptions = {},
): Promise<void> {
  const { config, tokenizer, provenance, values } = content;
  const { dataType = "float32", crossAttention = false, onProgress } = options;
  const keypoints = keypointSetByName(config.keypoints);
  const metadata = new Map([
    ["lapose.format", formatVersion],
    ["lapose.config", JSON.stringify(config)],
    ["lapose.keypoints", JSON.stringify(keypoints)],
    ["lapose.provenance", provenance],
  ]);
  if (tokenizer !== undefined) metadata.set("lapose.tokenizer", tokenizer);
  const K = keypoints.keypoints.length;
  const graph = forwardGraph(config, K, { batch: 1, tokens: config.text.maxTokens, crossAttention });
  const { nodes } = exportOnnx(graph, { halfParameters: dataType === "float16" });
  const tensors = [...parameterShapes(config, K)].map(([name, shape]) => ({
    name,
    shape,
    dataType,
    read: () => Promise.resolve(values(name, shape)),
  }));
  await writeOnnx(path, {
    name: "lapose",
    nodes: nodes.map(nodeMessage),
    ...graphValues(config, K, graph.outputs.has("crossAttention")),
    opsets: new Map([["", opset]]),
    irVersion: 8,
    producer: { name: packageManifest.name, version: packageManifest.version },
    metadata,
    tensors,
  }, onProgress ? { onProgress } : {});
}

function graphValues(config: LaposeConfig, K: number, crossAttention: boolean) {
  const { height, width } = config.image;
  const { rows, columns } = patchGrid(config);
  const D = config.vision.width;
  const [M, B, N] = [rows * columns, "batch", "tokens"];
  const inputs = [valueMessage("pixels", "float32", [B, frameCount(config), 3, height, width])];
  const outputs = [
    valueMessage("heatmaps", "float32", [B, K, 4 * rows, 4 * columns]),
    valueMessage("visual", "float32", [B, M, D]),
  ];
  if (config.language) {
    inputs.push(valueMessage("inputIds", "int32", [B, N]), valueMessage("attentionMask", "int32", [B, N]));
    outputs.push(
      valueMessage("text", "float32", [B, N, D]),
      valueMessage("transportPlan", "float32", [B, M, N]),
      valueMessage("transportCost", "float32", [B]),
    );
  }
  if (crossAttention) outputs.push(valueMessage("crossAttention", "float32", [B, M, N]));
  return { inputs, outputs };
}

function parseJson(path: string, text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? "");
  } catch {
    throw new TypeError(`Cannot use ${path} as LAPose weights: lapose.config is not JSON`);
  }
}
