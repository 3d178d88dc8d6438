import type { PrecisionRecallCurve } from "./average_precision.ts";
import type { JointValues } from "./joints.ts";

/** Side of one plot, in pixels. */
const side = 150;
/** Room around one plot, in pixels. */
const margin = { left: 40, top: 34, right: 14, bottom: 36 };
const columns = 5;
/** Most points of a curve; more cannot be seen. */
const maximumPoints = 400;

/**
 * Draws precision–recall curves, one small plot per joint: the interpolated curve, whose area is the average precision.
 *
 * @param curves One curve per joint.
 * @param ap Average precision per joint, in percent.
 * @returns An SVG document.
 */
export function precisionRecallSvg(curves: readonly PrecisionRecallCurve[], ap: JointValues): string {
  const width = columns * (margin.left + side + margin.right);
  const rows = Math.ceil(curves.length / columns);
  const height = rows * (margin.top + side + margin.bottom);
  const plots = curves.map((curve, index) => {
    const x = (index % columns) * (margin.left + side + margin.right) + margin.left;
    const y = Math.floor(index / columns) * (margin.top + side + margin.bottom) + margin.top;
    return `<g transform="translate(${x} ${y})">${plot(curve, ap[curve.joint])}</g>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" ` +
    `role="img" font-family="sans-serif" font-size="10" fill="#333">
<title>Precision–recall curves per joint</title>
<desc>One plot per joint: recall from 0 to 1 to the right, interpolated precision from 0 to 1 upwards; the area is the
average precision.</desc>
<rect width="${width}" height="${height}" fill="#fff"/>
${plots.join("\n")}
</svg>
`;
}

function plot(curve: PrecisionRecallCurve, ap: number | null): string {
  const name = curve.joint.replaceAll("_", " ");
  const value = ap === null ? "AP undefined" : `AP ${ap.toFixed(1)}`;
  const grid = [0, 0.25, 0.5, 0.75, 1].map((tick) =>
    `<path d="M${tick * side} 0V${side}M0 ${tick * side}H${side}" stroke="#e3e3e3" fill="none"/>`
  ).join("");
  const ticks = [0, 0.5, 1].map((tick) =>
    `<text x="${tick * side}" y="${side + 12}" text-anchor="middle">${tick}</text>` +
    `<text x="-5" y="${(1 - tick) * side + 3}" text-anchor="end">${tick}</text>`
  ).join("");
  const line = ap === null ? "" : curvePath(curve);
  const drawn = line === "" ? "" : `<path d="${line}V${side}H0Z" fill="#2a6fbb" fill-opacity="0.15"/>` +
    `<path d="${line}V${side}" stroke="#2a6fbb" stroke-width="1.5" fill="none"/>`;
  return grid + drawn + ticks +
    `<text x="0" y="-10" font-size="12" font-weight="bold">${name}</text>` +
    `<text x="${side}" y="-10" font-size="12" text-anchor="end">${value}</text>` +
    `<text x="${side / 2}" y="${side + 26}" text-anchor="middle">recall</text>` +
    `<text transform="translate(-28 ${side / 2}) rotate(-90)" text-anchor="middle">precision</text>`;
}

/** Steps from (0, first precision) to the last recall; empty without a true positive. */
function curvePath({ recall, precision }: PrecisionRecallCurve): string {
  if (recall.length === 0) return "";
  const down = (value: number) => round((1 - value) * side);
  let path = `M0 ${down(precision[0])}`;
  let drawn = -1;
  for (let k = 0; k < recall.length; k++) {
    // A level part needs its end only; of a long curve, points closer than the resolution are left out.
    const isEnd = k === recall.length - 1 || precision[k + 1] !== precision[k];
    if (!isEnd || (k !== recall.length - 1 && recall[k] - drawn < 1 / maximumPoints)) continue;
    path += `V${down(precision[k])}H${round(recall[k] * side)}`;
    drawn = recall[k];
  }
  return path;
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
