/** Other engines that run our weights file's own graph: opened, and let in only with the right heatmaps. */
import type { ForwardRequest, Peer } from "./peers/peer.ts";
import { verifyForward } from "./verify.ts";
import type { Workload } from "./workload.ts";

/** An engine whose heatmaps are right. */
export interface ForwardRival {
  /** Library. */
  name: string;
  /** Its version. */
  version: string;
  /** True for an engine on the processor. */
  processor: boolean;
  /** The pass, run once already. */
  workload: Workload;
}

/** An engine that does not count. */
export interface RefusedRival {
  /** Library. */
  name: string;
  /** Why it does not count. */
  reason: string;
}

/**
 * Opens the pass on every peer that reads ONNX. A peer that fails is refused with its reason; it does not stop the others.
 *
 * @param peers Libraries.
 * @param request Weights file and inputs.
 * @param heatmaps Our result, which theirs must equal.
 * @returns Engines with the right result, which the caller closes, and the others.
 */
export async function openForwardRivals(
  peers: readonly Peer[],
  request: ForwardRequest,
  heatmaps: Float32Array,
): Promise<{ rivals: ForwardRival[]; refused: RefusedRival[] }> {
  const rivals: ForwardRival[] = [];
  const refused: RefusedRival[] = [];
  for (const peer of peers) {
    if (!peer.forward) continue;
    const { name, version, processor } = peer;
    let workload: Workload | undefined;
    try {
      const available = await peer.available();
      if (available !== true) throw new Error(available);
      workload = await peer.forward(request);
      verifyForward(await workload.read(), heatmaps);
      rivals.push({ name, version, processor, workload });
    } catch (error) {
      await workload?.close();
      refused.push({ name, reason: error instanceof Error ? error.message : String(error) });
    }
  }
  return { rivals, refused };
}
