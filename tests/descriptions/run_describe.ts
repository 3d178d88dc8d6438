/** Runs the `describe` command's action in a process of its own: options as JSON in the first argument. */
import { describeCommand } from "../../cli/describe.ts";
import { UsageError } from "../../cli/command_error.ts";

try {
  await describeCommand(JSON.parse(Deno.args[0]));
} catch (error) {
  console.error(`error: ${error instanceof Error ? error.message : error}`);
  Deno.exit(error instanceof UsageError ? 2 : 1);
}
