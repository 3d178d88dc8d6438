/** What an ablation leaves out of LAPose, row by row: the paper's Table 4, and the model that never reads. */
import type { LaposeConfig } from "../model/config.ts";

/** One row of the table. */
export interface AblationRow {
  /** Its name in files and JSON. */
  readonly name: string;
  /** Its name for people. */
  readonly label: string;
  /** Makes the row's configuration of the whole model's. */
  readonly change: (config: LaposeConfig) => LaposeConfig;
}

/**
 * The rows, the whole model first. Without OTFM means γ2 = 0: the heatmaps do not read the transport plan, so that OTFM
 * acts by its loss (Eq. 11) alone.
 */
export const ablationRows: readonly AblationRow[] = [
  { name: "whole", label: "LAPose", change: (config) => config },
  {
    name: "without-csi",
    label: "without CSI",
    change: (config) => ({ ...config, interaction: { ...config.interaction, layers: 0 } }),
  },
  {
    name: "without-otfm",
    label: "without OTFM",
    change: (config) => ({ ...config, loss: { ...config.loss, gamma2: 0 } }),
  },
  {
    name: "without-contrastive",
    label: "without L_cl",
    change: (config) => ({ ...config, loss: { ...config.loss, gamma1: 0 } }),
  },
  { name: "vision-only", label: "vision only", change: (config) => ({ ...config, language: false }) },
];

/**
 * Checks that every row leaves something out.
 *
 * @param config The whole model's configuration.
 * @param origin Where it is from, named in the error.
 * @throws {TypeError} When the whole model lacks what a row would leave out; all of it is named.
 */
export function checkAblatable({ language, interaction, loss }: LaposeConfig, origin: string): void {
  const faults = [
    ...(language ? [] : ["language is false, expected true"]),
    ...(interaction.layers > 0 ? [] : ["interaction.layers is 0, expected at least 1"]),
    ...(loss.gamma1 > 0 ? [] : ["loss.gamma1 is 0, expected more"]),
    ...(loss.gamma2 > 0 ? [] : ["loss.gamma2 is 0, expected more"]),
  ];
  if (faults.length > 0) throw new TypeError(`Cannot ablate ${origin}: ${faults.join("; ")}`);
}
