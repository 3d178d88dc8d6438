/** The command line: one file per sub-command, wired together here. */
import { Command, CommanderError, InvalidArgumentError, Option } from "@commander-js/extra-typings";
import packageManifest from "../deno.json" with { type: "json" };
import { UsageError } from "./command_error.ts";

/**
 * Runs the command line.
 *
 * @param args Arguments without the program's name.
 * @returns Exit status: 0, 1 when the command failed, 2 when it was used wrongly.
 */
export async function main(args: readonly string[]): Promise<number> {
  const program = createProgram();
  try {
    await program.parseAsync([...args], { from: "user" });
    return 0;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    const verbose = args.includes("--verbose");
    const message = error instanceof Error ? (verbose && error.stack) || error.message : String(error);
    console.error(`error: ${message}`);
    return error instanceof UsageError ? 2 : 1;
  }
}

function createProgram() {
  const program = new Command("lapose")
    .description(packageManifest.description)
    .version(packageManifest.version)
    .exitOverride()
    .showHelpAfterError("(run with --help for the options)");

  program.command("init")
    .description("write a weights file with random weights, to try everything before there is a checkpoint")
    .option("--config <name or file>", "base, small, tiny, or a JSON file", "base")
    .option("--seed <number>", "seed of the random weights", wholeNumber, 7)
    .requiredOption("--to <file>", "the .onnx file to write")
    .option("--vocabulary <file>", "vocab.txt or tokenizer.json of the text encoder")
    .option("--keypoints <set>", "keypoint set, for example posetrack15 or coco17")
    .addOption(
      new Option("--dtype <type>", "type of the stored weights").choices(["f32", "f16"]).default(
        "f32" as const,
      ),
    )
    .option("--quiet", "no progress")
    .action(async (options) => (await import("./init.ts")).initCommand(options));

  return program;
}

function wholeNumber(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 0) throw new InvalidArgumentError("expected a whole number");
  return value;
}
