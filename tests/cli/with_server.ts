/** A folder with a clip and weights, and a chat server on loopback: what tests of descriptions need. */
import { type Behaviour, type ChatStub, withChatStub } from "../descriptions/chat_stub.ts";
import { type Outcome, runCli, type Workplace, workplace } from "./run_cli.ts";

/**
 * Counts how often a run said that the model runs its visual-only path.
 *
 * @param stderr Everything on standard error.
 * @returns The number.
 */
export function visualOnlyNotes(stderr: string): number {
  return stderr.split("no description (--text or --describe): the model runs its visual-only path").length -
    1;
}

/** What a test body gets. */
export interface Setting {
  /** The folder, with `boxes.json`: two people in every frame. */
  place: Workplace;
  /** The server. */
  stub: ChatStub;
  /** Runs the command line in the workplace. */
  run: (args: readonly string[], env?: Record<string, string>) => Promise<Outcome>;
}

/**
 * Runs a test body with a workplace and a server.
 *
 * @param options Frames of the clip, and what the server does with chat requests.
 * @param body Test body.
 */
export async function withServer(
  { frames, behaviour }: { frames: number; behaviour: Behaviour },
  body: (setting: Setting) => Promise<void>,
): Promise<void> {
  await using place = await workplace({ frames });
  const boxes = Array.from({ length: frames }, (_, i) => [
    { image_id: i, file_name: `${i}.png`, bbox: [5, 8, 30, 60], score: 0.9, track_id: 4 },
    { image_id: i, file_name: `${i}.png`, bbox: [50, 10, 60, 60], score: 0.8, track_id: 9 },
  ]).flat();
  await Deno.writeTextFile(`${place.path}/boxes.json`, JSON.stringify(boxes));
  // settings of whoever runs the tests stay out
  const none = { LAPOSE_URL: "", LAPOSE_MODEL: "", LAPOSE_API_KEY: "" };
  const run: Setting["run"] = (args, env = {}) => runCli(args, { cwd: place.path, env: { ...none, ...env } });
  await withChatStub(behaviour, (stub) => body({ place, stub, run }));
}
