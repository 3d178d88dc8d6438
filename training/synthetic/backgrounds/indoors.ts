import { css, type Rgb } from "../look.ts";
import { fillBand, type Stage } from "./stage.ts";

/** Floor boards that meet in one point of the horizon. */
function drawBoards({ context, horizon, wallFoot, unit, random }: Stage): void {
  const { width, height } = context.canvas;
  const vanish = random.between(0.2, 0.8) * width;
  const depth = (height - horizon) / Math.max(1, wallFoot - horizon);
  context.strokeStyle = "rgba(60, 40, 24, 0.25)";
  context.lineWidth = Math.max(0.7, 0.004 * unit);
  context.beginPath();
  const step = random.between(0.06, 0.14) * unit;
  for (let x = -1.5 * width; x < 2.5 * width; x += step) {
    context.moveTo(vanish + (x - vanish), wallFoot);
    context.lineTo(vanish + (x - vanish) * depth, height);
  }
  context.stroke();
}

/** A living room: wallpaper, skirting, window, picture, plant, shelf. */
export function drawRoom(stage: Stage): void {
  const { context, wallFoot, unit, random } = stage;
  const { width, height } = context.canvas;
  const wall: Rgb = random.pick<Rgb>([
    [222, 212, 192],
    [196, 208, 214],
    [206, 186, 170],
    [164, 182, 164],
    [226, 226, 222],
    [148, 132, 150],
  ]);
  fillBand(context, [0, wallFoot], [wall, wall.map((value) => value * 0.9) as unknown as Rgb]);
  if (random.chance(0.4)) {
    context.fillStyle = "rgba(255, 255, 255, 0.16)";
    const step = random.between(0.06, 0.14) * unit;
    for (let x = 0; x < width; x += step) context.fillRect(x, 0, 0.45 * step, wallFoot);
  }
  const floor: Rgb = random.pick<Rgb>([[176, 130, 88], [142, 100, 70], [150, 150, 154], [196, 170, 136]]);
  fillBand(context, [wallFoot, height], [floor.map((value) => value * 0.9) as unknown as Rgb, floor]);
  drawBoards(stage);
  const things = random.integer(2, 5);
  for (let i = 0; i < things; i++) {
    const x = (i + random.between(0.1, 0.9)) * width / things;
    random.pick([drawWindow, drawPicture, drawPlant, drawShelf, drawSofa])(stage, x);
  }
  context.fillStyle = css(wall, 0.5);
  context.fillRect(0, wallFoot - 0.03 * unit, width, 0.03 * unit);
}

function drawWindow({ context, wallFoot, unit }: Stage, x: number): void {
  const [w, h] = [0.36 * unit, 0.48 * unit];
  const y = wallFoot - 0.95 * unit;
  context.fillStyle = css([240, 240, 236]);
  context.fillRect(x, y, w, h);
  for (const dx of [0.03, 0.52]) {
    context.fillStyle = css([168, 206, 232]);
    context.fillRect(x + dx * w, y + 0.04 * h, 0.45 * w, 0.92 * h);
    context.fillStyle = css([140, 178, 132]);
    context.fillRect(x + dx * w, y + 0.66 * h, 0.45 * w, 0.3 * h);
  }
}

function drawPicture({ context, wallFoot, unit, random }: Stage, x: number): void {
  const [w, h] = [random.between(0.14, 0.3) * unit, random.between(0.14, 0.26) * unit];
  const y = wallFoot - random.between(0.62, 0.95) * unit;
  context.fillStyle = css([70, 52, 40]);
  context.fillRect(x, y, w, h);
  context.fillStyle = css([random.between(80, 220), random.between(80, 220), random.between(80, 220)]);
  context.fillRect(x + 0.08 * w, y + 0.08 * w, 0.84 * w, h - 0.16 * w);
  context.beginPath();
  context.ellipse(x + 0.5 * w, y + 0.55 * h, 0.22 * w, 0.2 * h, 0.4, 0, 2 * Math.PI);
  context.fillStyle = css([random.between(80, 220), random.between(80, 220), random.between(80, 220)]);
  context.fill();
}

function drawPlant({ context, wallFoot, unit, random }: Stage, x: number): void {
  context.fillStyle = css([166, 92, 62]);
  context.fillRect(x - 0.05 * unit, wallFoot - 0.1 * unit, 0.1 * unit, 0.12 * unit);
  for (let i = 0; i < 9; i++) {
    const angle = random.between(-1.2, 1.2);
    context.beginPath();
    context.ellipse(
      x + 0.12 * unit * Math.sin(angle),
      wallFoot - 0.1 * unit - 0.14 * unit * Math.cos(angle),
      0.028 * unit,
      0.11 * unit,
      angle,
      0,
      2 * Math.PI,
    );
    context.fillStyle = css([58, 124, 64], random.between(-0.25, 0.2));
    context.fill();
  }
}

function drawShelf({ context, wallFoot, unit, random }: Stage, x: number): void {
  const [w, h] = [random.between(0.25, 0.45) * unit, random.between(0.5, 0.95) * unit];
  context.fillStyle = css([118, 84, 58]);
  context.fillRect(x, wallFoot - h, w, h);
  const rows = 4;
  for (let row = 0; row < rows; row++) {
    const top = wallFoot - h + (row + 0.1) * h / rows;
    context.fillStyle = css([70, 50, 36]);
    context.fillRect(x + 0.05 * w, top, 0.9 * w, 0.82 * h / rows);
    for (let at = x + 0.07 * w; at < x + 0.85 * w;) {
      const breadth = random.between(0.02, 0.05) * unit;
      const tall = random.between(0.5, 0.8) * h / rows;
      context.fillStyle = css([random.between(60, 220), random.between(50, 190), random.between(50, 180)]);
      context.fillRect(at, top + 0.82 * h / rows - tall, breadth, tall);
      at += breadth + (random.chance(0.2) ? 0.04 * unit : 0.002 * unit);
    }
  }
}

function drawSofa({ context, wallFoot, unit, random }: Stage, x: number): void {
  const color: Rgb = [random.between(60, 190), random.between(60, 170), random.between(70, 180)];
  const w = random.between(0.5, 0.8) * unit;
  context.fillStyle = css(color, -0.15);
  context.beginPath();
  context.roundRect(x, wallFoot - 0.36 * unit, w, 0.36 * unit, 0.05 * unit);
  context.fill();
  context.fillStyle = css(color, 0.08);
  context.beginPath();
  context.roundRect(x + 0.04 * unit, wallFoot - 0.19 * unit, w - 0.08 * unit, 0.17 * unit, 0.04 * unit);
  context.fill();
}

/** A gym: a lined floor, wall bars, mirrors, machines' shadows and a strip of lights. */
export function drawGym(stage: Stage): void {
  const { context, horizon, wallFoot, unit, random } = stage;
  const { width, height } = context.canvas;
  const wall: Rgb = random.pick<Rgb>([[204, 206, 204], [168, 186, 200], [216, 200, 168], [120, 126, 134]]);
  fillBand(context, [0, wallFoot], [wall.map((value) => value * 0.92) as unknown as Rgb, wall]);
  context.fillStyle = css(random.pick<Rgb>([[178, 60, 52], [48, 92, 150], [60, 124, 88], [206, 160, 60]]));
  context.fillRect(0, wallFoot - random.between(0.18, 0.4) * unit, width, random.between(0.03, 0.09) * unit);
  for (let x = random.next() * 0.4 * unit; x < width; x += random.between(0.6, 1.2) * unit) {
    const w = random.between(0.3, 0.5) * unit;
    const top = wallFoot - random.between(0.7, 1) * unit;
    const thing = random.weighted([[2, "bars"], [1, "mirror"], [1, "weights"]] as const);
    if (thing === "bars") {
      context.fillStyle = css([164, 118, 74]);
      for (const dx of [0, 0.5, 1]) context.fillRect(x + dx * w, top, 0.02 * unit, wallFoot - top);
      for (let y = top; y < wallFoot; y += 0.055 * unit) context.fillRect(x, y, w, 0.014 * unit);
    } else if (thing === "mirror") {
      context.fillStyle = css([206, 222, 228], 0.1);
      context.fillRect(x, top, w, wallFoot - top - 0.06 * unit);
      context.fillStyle = "rgba(255, 255, 255, 0.35)";
      context.beginPath();
      context.moveTo(x + 0.2 * w, top);
      context.lineTo(x + 0.5 * w, top);
      context.lineTo(x + 0.2 * w, wallFoot - 0.06 * unit);
      context.lineTo(x, wallFoot - 0.06 * unit);
      context.fill();
    } else {
      context.fillStyle = css([60, 62, 68]);
      for (const y of [0.12, 0.26, 0.4]) {
        context.fillRect(x, wallFoot - y * unit, w, 0.02 * unit);
        for (let at = x + 0.04 * unit; at < x + w; at += 0.07 * unit) {
          context.beginPath();
          context.arc(at, wallFoot - (y + 0.03) * unit, 0.026 * unit, 0, 2 * Math.PI);
          context.fill();
        }
      }
    }
  }
  const floor: Rgb = random.pick<Rgb>([[206, 158, 98], [190, 142, 92], [84, 96, 112], [92, 128, 108]]);
  fillBand(context, [wallFoot, height], [floor.map((value) => value * 0.88) as unknown as Rgb, floor]);
  drawBoards(stage);
  const vanish = random.between(0.2, 0.8) * width;
  for (let i = 0; i < 3; i++) {
    context.strokeStyle = css(
      random.pick<Rgb>([[230, 230, 226], [200, 60, 54], [50, 90, 170], [236, 196, 70]]),
    );
    context.lineWidth = 0.014 * unit;
    context.beginPath();
    if (random.chance(0.5)) {
      const y = wallFoot + random.between(0.1, 0.8) * (height - wallFoot);
      context.moveTo(0, y);
      context.lineTo(width, y);
    } else {
      const x = random.next() * width;
      context.moveTo(x, wallFoot);
      context.lineTo(vanish + (x - vanish) * (height - horizon) / Math.max(1, wallFoot - horizon), height);
    }
    context.stroke();
  }
  context.fillStyle = "rgba(255, 255, 244, 0.8)";
  for (let x = random.next() * 0.3 * unit; x < width; x += 0.5 * unit) {
    context.fillRect(x, wallFoot - 1.25 * unit, 0.3 * unit, 0.03 * unit);
  }
}

/** A wall of blots, stripes or cloth that says nothing about where one is. */
export function drawStudio(stage: Stage): void {
  const { context, wallFoot, unit, random } = stage;
  const { width, height } = context.canvas;
  const color = (): Rgb => [random.between(40, 225), random.between(40, 225), random.between(40, 225)];
  const [wall, floor] = [color(), color()];
  fillBand(context, [0, height], [wall, wall.map((value) => value * 0.8) as unknown as Rgb]);
  const kind = random.pick(["blots", "stripes", "bricks", "plain"] as const);
  const second = color();
  if (kind === "blots") {
    for (let i = 0; i < 90; i++) {
      context.fillStyle = `rgba(${color().map(Math.round).join(", ")}, ${random.between(0.1, 0.6)})`;
      context.beginPath();
      const [rx, ry] = [random.between(0.02, 0.2) * unit, random.between(0.02, 0.2) * unit];
      context.ellipse(
        random.next() * width,
        random.next() * height,
        rx,
        ry,
        random.next() * 3,
        0,
        2 * Math.PI,
      );
      context.fill();
    }
  } else if (kind === "stripes") {
    context.fillStyle = css(second);
    const step = random.between(0.05, 0.3) * unit;
    context.save();
    context.rotate(random.between(-0.5, 0.5));
    for (let x = -width; x < 2 * width; x += step) context.fillRect(x, -height, step * 0.4, 3 * height);
    context.restore();
  } else if (kind === "bricks") {
    const [w, h] = [0.14 * unit, 0.05 * unit];
    for (let y = 0, row = 0; y < wallFoot; y += h, row++) {
      for (let x = (row % 2) * -0.5 * w; x < width; x += w) {
        context.fillStyle = css(second, random.between(-0.2, 0.12));
        context.fillRect(x + 1, y + 1, w - 1.6, h - 1.6);
      }
    }
  }
  if (random.chance(0.7)) {
    fillBand(context, [wallFoot, height], [floor.map((value) => value * 0.85) as unknown as Rgb, floor]);
    if (random.chance(0.5)) drawBoards(stage);
  }
}
