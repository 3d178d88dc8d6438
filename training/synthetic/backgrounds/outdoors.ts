import { css, type Rgb } from "../look.ts";
import { drawClouds, drawTree, fillBand, scatter, type Stage } from "./stage.ts";

/** Grass, a path, hills and trees. */
export function drawPark(stage: Stage): void {
  const { context, horizon, unit, random } = stage;
  const { width, height } = context.canvas;
  const dusk = random.next();
  fillBand(context, [0, horizon], [
    [random.between(96, 150), random.between(158, 190), random.between(206, 236)],
    [240 - 10 * dusk, 236 - 24 * dusk, 240 - 60 * dusk],
  ]);
  drawClouds(stage, random.integer(0, 4));
  for (const far of [1, 0.55]) {
    const phase = random.between(0, 7);
    context.beginPath();
    context.moveTo(0, horizon + 2);
    for (let x = 0; x <= width + 8; x += 8) {
      const swell = Math.sin(phase + 5 * x / unit) + 0.5 * Math.sin(2.3 * phase + 11 * x / unit);
      context.lineTo(x, horizon - far * unit * (0.06 + 0.035 * swell));
    }
    context.lineTo(width, horizon + 2);
    context.fillStyle = css([110 + 40 * far, 152 + 20 * far, 124 + 44 * far]);
    context.fill();
  }
  const green = random.between(-0.15, 0.15);
  fillBand(context, [horizon, height], [[128 + 40 * green, 176, 96], [74, 128 + 60 * green, 58]]);
  const trees = Math.round(random.between(2, 6) * width / unit);
  for (let i = 0; i < trees; i++) {
    const near = random.next();
    drawTree(stage, {
      x: random.next() * width,
      y: horizon + near * 0.08 * unit + 2,
      size: unit * (0.14 + 0.34 * near),
      trunk: random.chance(0.7),
    });
  }
  if (random.chance(0.55)) {
    const [a, b] = [random.next() * width, random.next() * width];
    context.beginPath();
    context.moveTo(a, horizon + 0.02 * unit);
    context.bezierCurveTo(a, horizon + 0.3 * unit, b, horizon + 0.2 * unit, b - 0.3 * unit, height);
    context.lineTo(b + 0.4 * unit, height);
    context.bezierCurveTo(
      b + 0.2 * unit,
      horizon + 0.25 * unit,
      a,
      horizon + 0.3 * unit,
      a + 0.05 * unit,
      horizon + 0.02 * unit,
    );
    context.closePath();
    context.fillStyle = css([212, 196, 156], random.between(-0.2, 0.1));
    context.fill();
  }
  scatter(stage, {
    from: horizon + 0.02 * unit,
    count: 420,
    length: 0.018,
    colors: ["rgba(40, 88, 34, 0.4)", "rgba(190, 216, 124, 0.35)"],
  });
}

/** Sea, sand and perhaps umbrellas. */
export function drawBeach(stage: Stage): void {
  const { context, horizon, unit, random } = stage;
  const { width, height } = context.canvas;
  const shore = horizon + random.between(0.06, 0.16) * unit;
  fillBand(context, [0, horizon], [[92, 164, 224], [224, 238, 246]]);
  drawClouds(stage, random.integer(0, 5));
  fillBand(context, [horizon, shore], [[34, 110, 156], [102, 190, 196]]);
  fillBand(context, [shore, height], [[238, 216, 166], [214, 182, 126]]);
  context.strokeStyle = "rgba(255, 255, 255, 0.75)";
  for (let i = 0; i < 4; i++) {
    const y = horizon + (shore - horizon) * (0.3 + 0.25 * i);
    context.lineWidth = 0.004 * unit * (1 + i);
    context.beginPath();
    for (let x = 0; x <= width; x += 6) {
      const row = y + 0.006 * unit * Math.sin(x / (0.06 * unit) + i * 2.1);
      if (x === 0) context.moveTo(x, row);
      else context.lineTo(x, row);
    }
    context.stroke();
  }
  for (let i = random.integer(0, 3); i > 0; i--) {
    const [x, y] = [random.next() * width, shore + random.between(0.02, 0.12) * unit];
    const size = random.between(0.14, 0.26) * unit;
    context.fillStyle = css([120, 92, 66]);
    context.fillRect(x - 0.015 * size, y - size, 0.03 * size, size);
    context.beginPath();
    context.ellipse(x, y - 0.9 * size, 0.55 * size, 0.28 * size, 0, Math.PI, 2 * Math.PI);
    context.fillStyle = css(
      random.pick<Rgb>([[214, 60, 56], [240, 190, 60], [60, 130, 190], [240, 240, 236]]),
    );
    context.fill();
  }
  scatter(stage, {
    from: shore,
    count: 260,
    length: 0.01,
    colors: ["rgba(150, 118, 70, 0.35)", "rgba(255, 246, 220, 0.5)"],
  });
}

/** Houses, a pavement and a road. */
export function drawStreet(stage: Stage): void {
  const { context, horizon, wallFoot, unit, random } = stage;
  const { width, height } = context.canvas;
  fillBand(context, [0, horizon], [[150, 180, 208], [226, 228, 226]]);
  const foot = Math.min(wallFoot, horizon + 0.25 * unit);
  for (let x = -random.next() * 0.3 * unit; x < width;) {
    const breadth = random.between(0.3, 0.75) * unit;
    const top = Math.min(foot - 0.3 * unit, horizon - random.between(0.2, 0.9) * unit);
    const wall: Rgb = random.pick<Rgb>([[186, 122, 96], [204, 190, 166], [150, 152, 156], [176, 156, 128], [
      122,
      88,
      78,
    ]]);
    context.fillStyle = css(wall, random.between(-0.15, 0.15));
    context.fillRect(x, top, breadth + 1, foot - top);
    const columns = random.integer(2, 4);
    const size = breadth / (columns * 1.8);
    context.fillStyle = css(random.pick<Rgb>([[70, 86, 104], [176, 200, 214], [52, 52, 58]]));
    for (let row = top + 0.5 * size; row < foot - 1.6 * size; row += 2 * size) {
      for (let c = 0; c < columns; c++) {
        context.fillRect(x + (c + 0.25) * breadth / columns, row, size, 1.25 * size);
      }
    }
    x += breadth;
  }
  const curb = foot + random.between(0.04, 0.3) * unit;
  fillBand(context, [foot, curb], [[176, 172, 166], [162, 158, 152]]);
  fillBand(context, [curb, height], [[98, 98, 102], [78, 78, 82]]);
  context.fillStyle = css([206, 204, 198]);
  context.fillRect(0, curb - 0.008 * unit, width, 0.016 * unit);
  if (random.chance(0.6)) {
    const line = curb + random.between(0.2, 0.35) * unit;
    for (let x = -random.next() * 0.3 * unit; x < width; x += 0.36 * unit) {
      context.fillRect(x, line, 0.2 * unit, 0.018 * unit);
    }
  }
  scatter(stage, {
    from: foot,
    count: 200,
    length: 0.006,
    colors: ["rgba(30, 30, 34, 0.35)", "rgba(220, 218, 210, 0.3)"],
  });
}

/** A sports field with lines and a stand of spectators. */
export function drawField(stage: Stage): void {
  const { context, horizon, unit, random } = stage;
  const { width, height } = context.canvas;
  const grass = random.chance(0.65);
  fillBand(context, [0, horizon], [[118, 160, 206], [214, 226, 236]]);
  const standTop = horizon - random.between(0.12, 0.36) * unit;
  fillBand(context, [standTop, horizon], [[96, 100, 112], [62, 66, 78]]);
  for (let y = standTop + 4; y < horizon - 3; y += 0.022 * unit) {
    for (let x = random.next() * 6; x < width; x += random.between(0.016, 0.04) * unit) {
      context.fillStyle = css(
        [random.between(60, 230), random.between(60, 220), random.between(60, 220)],
        -0.15,
      );
      context.fillRect(x, y, 0.012 * unit, 0.014 * unit);
    }
  }
  const near: Rgb = grass ? [64, 132, 62] : [178, 92, 62];
  const far: Rgb = grass ? [104, 164, 88] : [198, 118, 84];
  fillBand(context, [horizon, height], [far, near]);
  if (grass) {
    const vanish = random.between(0.3, 0.7) * width;
    context.fillStyle = "rgba(255, 255, 255, 0.09)";
    for (let i = -8; i < 8; i += 2) {
      context.beginPath();
      context.moveTo(vanish + i * 0.12 * unit, horizon);
      context.lineTo(vanish + (i + 1) * 0.12 * unit, horizon);
      context.lineTo(vanish + (i + 1) * 0.75 * unit, height);
      context.lineTo(vanish + i * 0.75 * unit, height);
      context.fill();
    }
  }
  context.strokeStyle = "rgba(246, 246, 240, 0.85)";
  context.lineWidth = 0.012 * unit;
  for (const share of [random.between(0.08, 0.3), random.between(0.5, 0.9)]) {
    const y = horizon + share * (height - horizon);
    context.beginPath();
    context.moveTo(0, y);
    context.lineTo(width, y + random.between(-0.03, 0.03) * unit);
    context.stroke();
  }
  const x = random.next() * width;
  context.beginPath();
  context.moveTo(x, horizon + 0.05 * unit);
  context.lineTo(x + random.between(-0.6, 0.6) * unit, height);
  context.stroke();
  scatter(stage, {
    from: horizon,
    count: 240,
    length: 0.01,
    colors: ["rgba(20, 50, 20, 0.25)", "rgba(230, 240, 200, 0.2)"],
  });
}
