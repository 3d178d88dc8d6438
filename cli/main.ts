/** The command line: one file per sub-command, wired together here. */
import { Command, CommanderError, InvalidArgumentError, Option } from "@commander-js/extra-typings";
import packageManifest from "../deno.json" with { type: "json" };
import { addAskOptions, askOptionsOf } from "./ask_options.ts";
import { UsageError } from "./command_error.ts";
import { endProgressLine } from "./progress.ts";

/**
 * Runs the command line.
 *
 * @param args Arguments without the program's name.
 * @returns Exit status: 0, 1 when the command failed, 2 when it was used wrongly.
 */
export async function main(args: readonly string[]): Promise<number> {
  preferVulkan();
  const program = createProgram();
  try {
    await program.parseAsync([...args], { from: "user" });
    return 0;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    if (error instanceof FailedCheck) return 1;
    if (error instanceof Deno.errors.BrokenPipe) return 1; // whoever read our output has gone: nobody to tell
    endProgressLine();
    const verbose = args.includes("--verbose");
    const message = error instanceof Error ? (verbose && error.stack) || error.message : String(error);
    console.error(`error: ${message}`);
    return error instanceof UsageError ? 2 : 1;
  }
}

/** Without Vulkan, Deno would fall back to OpenGL on Linux, whose software driver can crash the process at its end. */
function preferVulkan(): void {
  const variable = "DENO_WEBGPU_BACKEND";
  if (Deno.build.os !== "linux") return;
  if (Deno.permissions.querySync({ name: "env", variable }).state !== "granted") return;
  if (Deno.env.get(variable) === undefined) Deno.env.set(variable, "vulkan");
}

/** A check that failed after its command printed why. */
class FailedCheck extends Error {}

function createProgram() {
  const program = new Command("lapose")
    .description(packageManifest.description)
    .version(packageManifest.version)
    .exitOverride()
    .showHelpAfterError("(run with --help for the options)");

  const pose = program.command("pose")
    .description("find the poses of the people in images, a folder of frames or a video")
    .argument("<input...>", "a video, a folder of frames, or images")
    .requiredOption("--weights <file>", "LAPose weights (.onnx)")
    .option(
      "--boxes <file>",
      "COCO detections, PoseTrack 2018 annotations or poses.json; full: the whole frame",
      "full",
    )
    .option("--box-score <number>", "leave out detections with a smaller score", finiteNumber, 0)
    .option("--steady-boxes", "hold boxes still while people hardly move: crops are shared and encoded once")
    .option("--text <text>", "what happens in the clip, in English")
    .option("--describe", "ask a multimodal model what happens in the clip (options below)")
    .option("--descriptions <file>", "with --describe: keeps what the model said", "descriptions.jsonl")
    .option("--explain", "a picture per person of what the description did")
    .option("--out <folder>", "where poses.json and overlays go")
    .option("--no-overlays", "no pictures")
    .option(
      "--joint-score <number>",
      "leave joints with a smaller score out of the pictures",
      finiteNumber,
      0.2,
    )
    .addOption(deviceOption())
    .addOption(dtypeOption())
    .option("--no-tune", "do not time kernels on this adapter at first use")
    .option("--flip-test", "average with the mirrored crop: twice the work, a little more accurate")
    .addOption(decodeOption())
    .addOption(
      new Option("--format <format>", "write a second form of the results into the folder")
        .choices(["posetrack2018", "posetrack2017", "coco", "openpose"] as const),
    )
    .option("--json", "print poses.json on standard output")
    .option("--quiet", "no progress and no notes")
    .option("--verbose", "show where an error came from")
    .action(async (inputs, options) => {
      await (await import("./pose.ts")).poseCommand(inputs, { ...options, ask: askOptionsOf(pose) });
    });
  addAskOptions(pose);

  const describe = program.command("describe")
    .description("ask a multimodal model what happens in clips, and keep what it said")
    .argument("<input...>", "clips: videos, folders of frames, images, or folders of clips")
    .option("--to <file>", "file of descriptions, JSON lines", "descriptions.jsonl")
    .option("--per-person", "describe each person from crops")
    .option("--boxes <file>", "boxes of the people, or full")
    .option("--json", "print one JSON object")
    .option("--quiet", "no progress and no notes")
    .option("--verbose", "show where an error came from")
    .action(async (inputs, options) => {
      await (await import("./describe.ts")).describeCommand({
        inputs,
        ...options,
        ...askOptionsOf(describe),
      });
    });
  addAskOptions(describe);

  program.command("demo")
    .description("pose the shipped clip and say where to look")
    .option("--out <folder>", "where the results go", "lapose-demo")
    .addOption(deviceOption())
    .option("--quiet", "no progress and no notes")
    .option("--verbose", "show where an error came from")
    .action(async (options) => (await import("./demo.ts")).demoCommand(options));

  program.command("eval")
    .description("average precision as PoseTrack computes it: of result files, or of weights over a data set")
    .argument("[weights]", "LAPose weights (.onnx), with --dataset")
    .option("--gt <folder>", "annotations: one file per sequence, or one file")
    .option("--pred <folder>", "results of the same names")
    .option("--dataset <file>", "JSON that describes a data set to run the weights over")
    .addOption(
      new Option("--metric <metric>", "ap and mota as poseval, oks as COCO")
        .choices(["ap", "oks", "mota"] as const).default("ap" as const),
    )
    .option("--svg <file>", "precision-recall curves")
    .option("--markdown <file>", "a table beside the paper's")
    .option("--labeled-only", "drop frames that the annotations call unlabelled")
    .option("--fresh", "with --dataset: forget the results of earlier runs")
    .addOption(deviceOption())
    .addOption(dtypeOption())
    .option("--no-tune", "do not time kernels on this adapter at first use")
    .addOption(decodeOption())
    .option("--json", "print one JSON object")
    .option("--quiet", "no progress and no notes")
    .option("--verbose", "show where an error came from")
    .action(async (weights, { dataset, gt, pred, ...options }) => {
      if (weights !== undefined && dataset !== undefined) {
        await (await import("./eval_weights.ts")).evaluateWeightsCommand(weights, { ...options, dataset });
      } else if (weights === undefined && gt !== undefined && pred !== undefined) {
        await (await import("./eval.ts")).evaluateCommand({ ...options, gt, pred });
      } else {
        throw new UsageError("Cannot evaluate: expected --gt and --pred, or WEIGHTS and --dataset");
      }
    });

  program.command("train")
    .description("train a weights file on a data set, as a JSON file describes it")
    .argument("<config>", "JSON file of the training")
    .option("--resume", "go on from the last checkpoint")
    .option("--dry-run", "only say what memory it would take")
    .option("--json", "print one JSON object")
    .option("--quiet", "no progress and no notes")
    .option("--verbose", "show where an error came from")
    .action(async (config, options) => (await import("./train.ts")).trainCommand(config, options));

  program.command("ablate")
    .description("train and evaluate the paper's Table 4: LAPose whole, and with a part left out")
    .argument("<config>", "JSON file of a training, with the data sets to measure on in evaluate")
    .option("--seeds <numbers>", "seeds with commas between, each of which trains every row", wholeNumbers, [
      1,
      2,
      3,
    ])
    .option("--fresh", "forget the runs of an earlier ablation in the output folder")
    .option("--json", "print one JSON object")
    .option("--quiet", "no progress and no notes")
    .option("--verbose", "show where an error came from")
    .action(async (config, options) => (await import("./ablate.ts")).ablateCommand(config, options));

  program.command("synthesize")
    .description("draw clips of people with annotations and descriptions, to train on and to evaluate with")
    .requiredOption("--to <folder>", "the folder to write")
    .option("--clips <number>", "number of clips", wholeNumber, 200)
    .option("--seed <number>", "below 1000 for training, from 1000 on for evaluation", wholeNumber, 1)
    .option(
      "--degraded <number>",
      "strength of the degradations of every second clip, 0 to 1",
      finiteNumber,
      0,
    )
    .option("--frames <number>", "frames of a clip", wholeNumber, 10)
    .option("--size <width x height>", "size of a frame in pixels", "320x240")
    .option("--quiet", "no progress")
    .option("--verbose", "show where an error came from")
    .action(async (options) => (await import("./synthesize.ts")).synthesizeCommand(options));

  program.command("info")
    .description("what a weights file holds, and which device would run it")
    .argument("[weights]", "LAPose weights (.onnx)")
    .addOption(deviceOption())
    .option("--json", "print one JSON object")
    .option("--verbose", "show where an error came from")
    .action(async (weights, options) => (await import("./info.ts")).infoCommand(weights, options));

  program.command("verify")
    .description("run weights on WebGPU and on the CPU and compare: a self-test for a new GPU or driver")
    .argument("<weights>", "LAPose weights (.onnx)")
    .option("--bound <number>", "largest difference that is accepted", finiteNumber, 1e-4)
    .option("--seed <number>", "seed of the input", wholeNumber, 1)
    .option("--json", "print one JSON object")
    .option("--quiet", "no progress")
    .option("--verbose", "show where an error came from")
    .action(async (weights, options) => {
      if (!await (await import("./verify.ts")).verifyCommand(weights, options)) throw new FailedCheck();
    });

  program.command("bench")
    .description("figures of this adapter, beside those of other libraries on it")
    .option("--rounds <number>", "measured rounds; figures are medians", wholeNumber, 5)
    .option("--config <name>", "configuration of the whole forward pass", "base")
    .option("--no-peers", "leave the other libraries out (they are fetched on first use)")
    .option("--people", "measure the forward pass for 1 to 16 people too")
    .option("--training", "measure a training step of the tiny model without text too")
    .option("--out <file>", "write the figures as JSON")
    .option("--svg <file>", "draw them as bars")
    .option(
      "--cpu [folder]",
      "only the CPU engine, beside vitpose.onnx and bert.onnx of Hugging Face in a folder",
    )
    .option("--json", "print one JSON object")
    .option("--quiet", "no notes")
    .option("--verbose", "show where an error came from")
    .action(async ({ cpu, ...options }) => {
      if (cpu !== undefined) await (await import("./bench_cpu.ts")).benchCpuCommand({ ...options, cpu });
      else await (await import("./bench.ts")).benchCommand(options);
    });

  program.command("convert")
    .description("make one weights file of public ViTPose, ViT and BERT checkpoints")
    .argument(
      "<source...>",
      "safetensors, an index of sharded ones, an ONNX export, or a folder with one of them",
    )
    .requiredOption("--to <file>", "the .onnx file to write")
    .option(
      "--config <name or file>",
      "base, small, tiny or a JSON file, for what no checkpoint says",
      "base",
    )
    .option("--expert <name or number>", "expert of a ViTPose+ checkpoint")
    .option("--vision-only", "a pure ViTPose: language and temporal parts off")
    .option("--tokenizer <file>", "tokenizer.json or vocab.txt, when none stands beside the text checkpoint")
    .option("--keypoints <set>", "keypoint set, when the number of keypoints does not tell")
    .addOption(
      new Option("--allow <what...>", "what may be wrong").choices(["unused", "missing"] as const),
    )
    .addOption(
      new Option("--dtype <type>", "type of the stored weights").choices(["f32", "f16"] as const).default(
        "f32" as const,
      ),
    )
    .option("--seed <number>", "seed of the parts that no checkpoint gives", wholeNumber, 7)
    .option("--json", "print the report as one JSON object")
    .option("--quiet", "no progress and no notes")
    .option("--verbose", "show where an error came from")
    .action(async (sources, options) => (await import("./convert.ts")).convertCommand(sources, options));

  program.command("init")
    .description("write a weights file with random weights, to try everything before there is a checkpoint")
    .option("--config <name or file>", "base, small, tiny, or a JSON file", "base")
    .option("--seed <number>", "seed of the random weights", wholeNumber, 7)
    .requiredOption("--to <file>", "the .onnx file to write")
    .option("--vision-only", "leave language and the neighbours in time out: a plain ViTPose")
    .option(
      "--pretrained <file>",
      "weights file whose tensors of the same names are taken, for example ViT and head",
    )
    .option("--vocabulary <file>", "vocab.txt or tokenizer.json of the text encoder")
    .option("--keypoints <set>", "keypoint set, for example posetrack15 or coco17")
    .addOption(
      new Option("--dtype <type>", "type of the stored weights").choices(["f32", "f16"] as const).default(
        "f32" as const,
      ),
    )
    .option("--quiet", "no progress")
    .option("--verbose", "show where an error came from")
    .action(async (options) => (await import("./init.ts")).initCommand(options));

  return program;
}

function deviceOption() {
  return new Option("--device <device>", "where to run; auto takes a hardware adapter or else the CPU")
    .choices(["auto", "webgpu", "cpu"] as const).default("auto" as const);
}

function dtypeOption() {
  return new Option("--dtype <type>", "how weights and activations are kept in GPU memory")
    .choices(["f32", "f16"] as const).default("f32" as const);
}

function decodeOption() {
  return new Option("--decode <mode>", "how a heatmap peak becomes a position")
    .choices(["dark", "quarter", "argmax"] as const).default("dark" as const);
}

function finiteNumber(text: string): number {
  const value = Number(text);
  if (text.trim() === "" || !Number.isFinite(value)) throw new InvalidArgumentError("expected a number");
  return value;
}

function wholeNumber(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 0) throw new InvalidArgumentError("expected a whole number");
  return value;
}

function wholeNumbers(text: string): number[] {
  const values = text.split(",").map(wholeNumber);
  if (new Set(values).size < values.length) throw new InvalidArgumentError("expected each number once");
  return values;
}
