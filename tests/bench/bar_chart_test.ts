import assert from "node:assert/strict";
import { type BarChart, barChartSvg } from "../../bench/bar_chart.ts";
import { parseXml, type XmlElement } from "./parse_xml.ts";

const chart: BarChart = {
  title: 'Ours & "theirs"',
  subtitle: "a < b",
  panels: [
    {
      title: "Speed",
      unit: "GFLOP/s",
      bars: [
        { label: "ours", value: 80, kind: "own" },
        { label: "<theirs> & co", value: 20, kind: "other" },
        { label: "none", value: 0, kind: "reference" },
      ],
    },
    { title: "Empty", unit: "ms", bars: [] },
  ],
};

function all(element: XmlElement, name: string): XmlElement[] {
  return [
    ...element.name === name ? [element] : [],
    ...element.children.flatMap((child) => all(child, name)),
  ];
}

Deno.test("barChartSvg() is well formed, whatever the names are", () => {
  const svg = parseXml(barChartSvg(chart));
  assert.equal(svg.name, "svg");
  assert.equal(svg.attributes.xmlns, "http://www.w3.org/2000/svg");
  const texts = all(svg, "text").map(({ text }) => text);
  for (const text of ['Ours & "theirs"', "a < b", "<theirs> & co"]) assert.ok(texts.includes(text), text);
  assert.equal(all(svg, "title")[0].text, 'Ours & "theirs"');
  parseXml(barChartSvg({ ...chart, title: "bell \u0007" }));
});

Deno.test("barChartSvg() draws lengths in proportion, inside the picture", () => {
  const svg = parseXml(barChartSvg(chart));
  const [background, ...bars] = all(svg, "rect");
  const [ours, theirs, none] = bars.map(({ attributes }) => Number(attributes.width));
  assert.equal(bars.length, 3);
  assert.ok(Math.abs(ours / theirs - 4) <= 0.001, `${ours} and ${theirs}`);
  assert.equal(none, 0);
  const [width, height] = [Number(background.attributes.width), Number(background.attributes.height)];
  for (const group of all(svg, "g")) {
    const [left, top] = group.attributes.transform.match(/[\d.]+/g)!.map(Number);
    for (const { attributes } of all(group, "rect")) {
      assert.ok(left + Number(attributes.x) + Number(attributes.width) < width);
      assert.ok(top + Number(attributes.y) + Number(attributes.height) < height);
    }
  }
  assert.deepEqual(svg.attributes.viewBox, `0 0 ${width} ${height}`);
});

Deno.test("barChartSvg() refuses values that have no length and names all of them", () => {
  const bars = [NaN, 1, -1, Infinity].map((value, i) => ({
    label: `bar ${i}`,
    value,
    kind: "other" as const,
  }));
  assert.throws(
    () => barChartSvg({ ...chart, panels: [{ title: "", unit: "", bars }] }),
    /"bar 0" is NaN, "bar 2" is -1, "bar 3" is Infinity/,
  );
});
