/**
 * The command line of LAPose for Deno.
 *
 * ```sh
 * deno run -A cli.ts pose clip.mp4 --boxes boxes.json --weights lapose.onnx --text "a woman throws a ball"
 * ```
 *
 * @module
 */
import { main } from "./cli/main.ts";

if (import.meta.main) Deno.exit(await main(Deno.args));
