import { batchNormParts } from "../canonical_tensors.ts";
import type { MappingRow, Recipe } from "../family.ts";

/** Source names of a head. */
export interface HeadNames {
  /** First deconvolution and the batch normalisation behind it. */
  first: readonly [deconvolution: string, batchNorm: string];
  /** Second deconvolution and the batch normalisation behind it. */
  second: readonly [deconvolution: string, batchNorm: string];
  /** Last convolution, of either head. */
  convolution: string;
  /** How the last convolution is made. */
  by?: Recipe;
}

/**
 * Rows of ViTPose's two heads. Where an exporter folded a batch normalisation into its deconvolution, the bias that
 * this leaves becomes the bias of a normalisation that does nothing else.
 *
 * @param names Source names.
 * @returns The rows; the simple head is the last convolution alone.
 */
export function headRows(names: HeadNames): MappingRow[] {
  const rows: MappingRow[] = [{
    to: "head.convolution.*",
    from: [`${names.convolution}.*`],
    by: names.by ?? "copy",
  }];
  for (const [index, [deconvolution, batchNorm]] of [names.first, names.second].entries()) {
    const to = `head.batch_norm${index + 1}`;
    rows.push({ to: `head.deconvolution${index + 1}.weight`, from: [`${deconvolution}.weight`] });
    for (const part of batchNormParts) rows.push({ to: `${to}.${part}`, from: [`${batchNorm}.${part}`] });
    const folded = [`${deconvolution}.bias`];
    rows.push(
      { to: `${to}.weight`, from: folded, by: "ones" },
      { to: `${to}.bias`, from: folded },
      { to: `${to}.running_mean`, from: folded, by: "zeros" },
      { to: `${to}.running_var`, from: folded, by: "unitVariance" },
    );
  }
  return rows;
}
