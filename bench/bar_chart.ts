/** Horizontal bars as an SVG document; knows numbers and names, not what they measure. */

/** One bar. */
export interface Bar {
  /** Name, left of the bar. */
  label: string;
  /** Length, at least 0. */
  value: number;
  /** What the bar stands for: our own figure, another's, or a line of reference. */
  kind: "own" | "other" | "reference";
}

/** Bars with one scale. */
export interface BarPanel {
  /** What the bars show, and whether long ones are good. */
  title: string;
  /** Unit of the values. */
  unit: string;
  /** The bars, from top to bottom. */
  bars: Bar[];
}

/** A whole chart. */
export interface BarChart {
  /** Heading. */
  title: string;
  /** A line under it: where and when. */
  subtitle: string;
  /** Panels, from top to bottom; each has a scale of its own. */
  panels: BarPanel[];
}

const width = 880;
const margin = 24;
const labelWidth = 350;
const valueWidth = 90;
const rowHeight = 24;
const barHeight = 16;
const headingHeight = 64;
const panelHeading = 34;
const colours = { own: "#1f6fb4", other: "#9aa7b5", reference: "#dbe1e8" };

/**
 * Draws a chart.
 *
 * @param chart Title and panels.
 * @returns An SVG document.
 * @throws {RangeError} If a value is not a finite number of at least 0; all of them are named.
 */
export function barChartSvg({ title, subtitle, panels }: BarChart): string {
  const bad = panels.flatMap(({ bars }) => bars).filter(({ value }) => !(value >= 0 && value < Infinity));
  if (bad.length > 0) {
    const found = bad.map(({ label, value }) => `"${label}" is ${value}`).join(", ");
    throw new RangeError(`Cannot draw the chart: ${found}, expected finite numbers of at least 0`);
  }
  let y = headingHeight;
  const drawn = panels.map((panel) => {
    const group = `<g transform="translate(${margin} ${y})">${panelSvg(panel)}</g>`;
    y += panelHeading + panel.bars.length * rowHeight + 14;
    return group;
  });
  const height = y + margin - 14;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" ` +
    `role="img" font-family="system-ui, sans-serif" font-size="13" fill="#26323f">
<title>${escapeXml(title)}</title>
<desc>${escapeXml(description(panels))}</desc>
<rect width="${width}" height="${height}" fill="#fff"/>
<text x="${margin}" y="32" font-size="18" font-weight="600">${escapeXml(title)}</text>
<text x="${margin}" y="52" font-size="12" fill="#5b6875">${escapeXml(subtitle)}</text>
${drawn.join("\n")}
</svg>
`;
}

function panelSvg({ title, unit, bars }: BarPanel): string {
  const longest = Math.max(0, ...bars.map(({ value }) => value));
  const room = width - 2 * margin - labelWidth - valueWidth;
  const rows = bars.map(({ label, value, kind }, i) => {
    const y = panelHeading + i * rowHeight;
    const length = longest === 0 ? 0 : Math.round(value / longest * room * 100) / 100;
    const weight = kind === "own" ? ' font-weight="600"' : "";
    return `<text x="${labelWidth - 10}" y="${y + 13}" text-anchor="end"${weight}>${
      escapeXml(label)
    }</text>` +
      `<rect x="${labelWidth}" y="${y}" width="${length}" height="${barHeight}" rx="2" fill="${
        colours[kind]
      }"/>` +
      `<text x="${labelWidth + length + 6}" y="${y + 13}"${weight}>${shortNumber(value)}</text>`;
  });
  const axis = `<path d="M${labelWidth} ${panelHeading - 4}v${
    bars.length * rowHeight
  }" stroke="#c3ccd6" fill="none"/>`;
  return `<text y="16" font-weight="600">${escapeXml(title)}` +
    `<tspan font-weight="400" fill="#5b6875"> · ${escapeXml(unit)}</tspan></text>` + rows.join("") + axis;
}

function description(panels: readonly BarPanel[]): string {
  return panels.map(({ title, unit, bars }) =>
    `${title}: ${bars.map(({ label, value }) => `${label} ${shortNumber(value)} ${unit}`).join(", ")}.`
  ).join(" ");
}

/** Three digits that count, without an exponent. */
function shortNumber(value: number): string {
  if (value >= 100) return value.toFixed(0);
  return value >= 10 ? value.toFixed(1) : value.toFixed(2);
}

function escapeXml(text: string): string {
  // deno-lint-ignore no-control-regex -- XML has no way to write most control characters
  const printable = text.replaceAll(/[\x00-\x1f]/g, " ");
  return printable.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
