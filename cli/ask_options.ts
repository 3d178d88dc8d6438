/** The options by which a multimodal server is reached and asked, for `describe` and for `pose --describe`. */
import { type CommandUnknownOpts, InvalidArgumentError, Option } from "@commander-js/extra-typings";
import type { AskOptions } from "./ask_server.ts";

function positive(text: string): number {
  const value = Number(text);
  if (!(value > 0 && Number.isFinite(value))) throw new InvalidArgumentError("expected a number above 0");
  return value;
}

const options: readonly Option[] = [
  new Option("--url <url>", "the server: base URL or chat route (LAPOSE_URL)"),
  new Option("--model <name>", "name of the multimodal model (LAPOSE_MODEL)"),
  new Option("--key-variable <name>", "environment variable that holds the key (LAPOSE_API_KEY)"),
  new Option("--prompt <file>", "a prompt of your own"),
  new Option("--media <form>", "how pictures are sent (default: images)").choices(["images", "video"]),
  new Option("--stream", "have the answer come piece by piece"),
  new Option("--frames <number>", "frames to send, at most (default: 8)").argParser(positive),
  new Option("--window <first:last>", "part of the clip, frame numbers from 0"),
  new Option("--image-size <pixels>", "longer side of the pictures (default: 512)").argParser(positive),
  new Option("--max-tokens <number>", "longest answer (default: 400)").argParser(positive),
  new Option("--fields <json>", "further fields of the request"),
  new Option("--timeout <seconds>", "time for one try (default: 180)").argParser(positive),
  new Option("--attempts <number>", "tries in all (default: 5)").argParser(positive),
  new Option("--concurrency <number>", "questions under way at once (default: 4)").argParser(positive),
  new Option("--refresh", "ask again about what is kept"),
];

/** Adds the options to a command; {@linkcode askOptionsOf} reads them. */
export function addAskOptions(command: CommandUnknownOpts): void {
  for (const option of options) command.addOption(option);
}

/** The values of the options that {@linkcode addAskOptions} added. */
export function askOptionsOf(command: CommandUnknownOpts): AskOptions {
  const values = command.opts() as Record<string, unknown>; // each was checked by its own Option
  return Object.fromEntries(
    options.map((option) => [option.attributeName(), values[option.attributeName()]]),
  ) as AskOptions;
}
