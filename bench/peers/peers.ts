/** All libraries that are measured beside ours. Listing them fetches nothing: each package comes when it is first asked for. */

import { jaxJs } from "./jax_js.ts";
import { onnxruntimeNode } from "./onnxruntime_node.ts";
import { onnxruntimeWeb } from "./onnxruntime_web.ts";
import type { Peer } from "./peer.ts";
import { tfjs } from "./tfjs.ts";

/** The peers, in the order in which they stand in the table of figures. */
export const peers: readonly Peer[] = [onnxruntimeWeb, tfjs, jaxJs, onnxruntimeNode];
