/** The curves of a training as an SVG: loss by step on a logarithmic axis, validation by epoch. */

/** One line of the training's log. */
export interface LogEntry {
  /** Steps done. */
  step: number;
  /** L_total, for lines about steps. */
  total?: number;
  /** Mean average precision in percent, for lines about validations. */
  ap?: number;
}

const size = { width: 720, height: 320 };
const margin = { left: 56, top: 16, right: 48, bottom: 36 };
/** Most points of a line; neighbours are averaged beyond. */
const mostPoints = 300;

/**
 * Draws the curves.
 *
 * @param entries The log.
 * @returns An SVG document.
 */
export function lossCurveSvg(entries: readonly LogEntry[]): string {
  const losses = averaged(entries.flatMap(({ step, total }) => total === undefined ? [] : [[step, total]]));
  const validations = entries.flatMap(({ step, ap }) => ap === undefined ? [] : [[step, ap]]);
  const last = entries.reduce((most, { step }) => Math.max(most, step), 1);
  const logs = losses.map(([, loss]) => Math.log10(Math.max(loss, 1e-12)));
  const low = logs.length > 0 ? Math.floor(Math.min(...logs)) : -1;
  const high = Math.max(low + 1, Math.ceil(Math.max(...logs)));
  const inner = {
    width: size.width - margin.left - margin.right,
    height: size.height - margin.top - margin.bottom,
  };
  const x = (step: number) => margin.left + inner.width * step / last;
  const y = (share: number) => margin.top + inner.height * (1 - share);
  const line = (points: number[][], share: (value: number) => number) =>
    points.map(([step, value]) => `${x(step).toFixed(1)},${y(share(value)).toFixed(1)}`).join(" ");
  const loss = line(losses, (value) => (Math.log10(Math.max(value, 1e-12)) - low) / (high - low));
  const ap = line(validations, (value) => value / 100);
  const ticks = Array.from({ length: high - low + 1 }, (_, i) => {
    const at = y(i / (high - low)).toFixed(1);
    return `<line x1="${margin.left}" x2="${
      size.width - margin.right
    }" y1="${at}" y2="${at}" stroke="#ddd"/>` +
      `<text x="${margin.left - 6}" y="${at}" text-anchor="end" dy="0.3em">1e${low + i}</text>`;
  }).join("\n");
  const percents = [0, 50, 100].map((value) =>
    `<text x="${size.width - margin.right + 6}" y="${
      y(value / 100).toFixed(1)
    }" dy="0.3em" fill="#a50">${value}</text>`
  ).join("\n");
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${size.width} ${size.height}" width="${size.width}" ` +
    `height="${size.height}" role="img" font-family="sans-serif" font-size="11" fill="#333">
<title>Training: loss and validation</title>
<desc>Total loss by step on a logarithmic axis to the left; mean average precision in percent to the right.</desc>
<rect width="${size.width}" height="${size.height}" fill="#fff"/>
${ticks}
${percents}
<polyline points="${loss}" fill="none" stroke="#06c" stroke-width="1.5"/>
<polyline points="${ap}" fill="none" stroke="#a50" stroke-width="2"/>
<text x="${size.width / 2}" y="${size.height - 10}" text-anchor="middle">step (of ${last})</text>
</svg>
`;
}

function averaged(points: number[][]): number[][] {
  const each = Math.ceil(points.length / mostPoints);
  return Array.from({ length: Math.ceil(points.length / each) || 0 }, (_, i) => {
    const part = points.slice(i * each, (i + 1) * each);
    return [part[part.length - 1][0], part.reduce((sum, [, value]) => sum + value, 0) / part.length];
  });
}
