import { between, type PostureChange } from "../posture.ts";
import { type Movement, swell } from "./movement.ts";

/** Throwing a ball over the shoulder with the right hand, once. */
export const throwBall: Movement = {
  name: "throw",
  sided: true,
  period: [1.1, 1.5],
  middle: [0.42, 0.6],
  prop: { kind: "ball", release: 0.62 },
  posture: (phase, amount) => {
    const stride: PostureChange = { leftLegRaise: 24, leftLegBend: 14, rightLegRaise: -16, rightLegBend: 16 };
    return between([
      [0, { rightArmRaise: 30, leftArmRaise: 30, rightArmBend: 80, leftArmBend: 80 }],
      [0.4, {
        ...stride,
        swivel: -42 * amount,
        sway: -8,
        look: 34,
        rightArmSpread: 96,
        rightArmRaise: -12,
        rightArmTwist: 80,
        rightArmBend: 96,
        leftArmRaise: 84,
        leftArmSpread: 16,
        leftArmBend: 12,
      }],
      [0.62, {
        ...stride,
        swivel: 12,
        bow: 6,
        rightArmRaise: 142,
        rightArmSpread: 22,
        rightArmBend: 28,
        leftArmRaise: 32,
        leftArmBend: 62,
      }],
      [0.85, {
        ...stride,
        swivel: 38 * amount,
        pitch: 14,
        bow: 14,
        rightArmRaise: 48,
        rightArmSpread: -18,
        rightArmBend: 22,
        leftArmRaise: -22,
        leftArmBend: 50,
      }],
      [1.1, { pitch: 6, rightArmRaise: 12, leftArmRaise: -6 }],
    ], phase);
  },
  does: [
    "throws a ball with {his} {side} hand",
    "is throwing a ball",
    "throws a ball far with the {side} arm",
  ],
  limbs: [
    "the {side} arm swings over the shoulder, the {other} arm points forward and the {other} leg is in front",
    "{he} draws the {side} arm back and throws, the {other} foot in front",
  ],
};

/** Kicking a football with the right foot, once. */
export const kick: Movement = {
  name: "kick",
  sided: true,
  period: [0.95, 1.25],
  middle: [0.55, 0.63],
  prop: { kind: "football", release: 0.5 },
  posture: (phase, amount) =>
    between([
      [0, {}],
      [0.32, {
        pitch: 10,
        swivel: 14,
        rightLegRaise: -38 * amount,
        rightLegBend: 78,
        leftLegRaise: 10,
        leftLegBend: 18,
        rightArmRaise: 32,
        leftArmRaise: -30,
        leftArmSpread: 40,
      }],
      [0.5, {
        pitch: -2,
        rightLegRaise: 30,
        rightLegBend: 14,
        leftLegBend: 14,
        rightArmRaise: -16,
        leftArmRaise: 30,
        leftArmSpread: 48,
      }],
      [0.68, {
        pitch: -12,
        swivel: -16,
        rightLegRaise: 82 * amount,
        rightLegBend: 10,
        leftLegBend: 8,
        rightArmRaise: -34,
        rightArmSpread: 30,
        leftArmRaise: 48,
        leftArmSpread: 40,
      }],
      [1.05, { rightLegRaise: 6 }],
    ], phase),
  does: ["kicks a ball with {his} {side} foot", "is kicking a ball", "kicks with the {side} leg"],
  limbs: [
    "the {side} leg swings forward and up while {he} stands on the {other} leg",
    "{he} stands on the {other} leg and the {other} arm swings out, the {side} foot strikes the ball",
  ],
};

/** Punching with the right fist, the left one kept at the chin. */
export const punch: Movement = {
  name: "punch",
  sided: true,
  period: [0.6, 0.9],
  middle: [0.34, 0.66],
  posture: (phase, amount) => {
    const out = swell(phase);
    return {
      pitch: 8,
      swivel: -8 + 34 * out * amount,
      leftLegRaise: 22,
      leftLegBend: 24,
      rightLegRaise: -14,
      rightLegBend: 22,
      rightArmRaise: 28 + 58 * out,
      rightArmSpread: 14 - 20 * out,
      rightArmBend: 134 - 126 * out,
      leftArmRaise: 34,
      leftArmSpread: 10,
      leftArmTwist: -20,
      leftArmBend: 134,
    };
  },
  does: ["punches with {his} {side} fist", "is boxing", "throws a punch with the {side} hand"],
  limbs: [
    "the {side} arm shoots forward and the {other} fist stays at the chin",
    "the {side} arm is stretched forward, the {other} elbow is bent, the {other} foot is in front",
  ],
};

/** A forehand with the racket in the right hand, once. */
export const swing: Movement = {
  name: "swing",
  sided: true,
  period: [0.95, 1.3],
  middle: [0.34, 0.66],
  prop: { kind: "racket" },
  posture: (phase, amount) =>
    between([
      [0, { rightArmRaise: 20, rightArmBend: 60, leftArmRaise: 30, leftArmBend: 70, leftLegBend: 20 }],
      [0.34, {
        swivel: -52 * amount,
        pitch: 8,
        look: 44,
        rightArmSpread: 66,
        rightArmRaise: -30,
        rightArmBend: 28,
        leftArmRaise: 70,
        leftArmSpread: -10,
        leftArmBend: 34,
        rightLegSpread: 14,
        rightLegBend: 36,
        rightLegRaise: 20,
        leftLegRaise: 26,
        leftLegSpread: 8,
        leftLegBend: 24,
      }],
      [0.56, {
        swivel: 14,
        pitch: 8,
        rightArmRaise: 68,
        rightArmSpread: 34,
        rightArmBend: 14,
        leftArmRaise: 36,
        leftArmSpread: 30,
        leftArmBend: 60,
        rightLegBend: 34,
        rightLegRaise: 6,
        leftLegRaise: 26,
        leftLegBend: 30,
      }],
      [0.8, {
        swivel: 46 * amount,
        pitch: 4,
        rightArmRaise: 112,
        rightArmSpread: -38,
        rightArmBend: 74,
        leftArmRaise: 10,
        leftArmSpread: 24,
        leftArmBend: 74,
        rightLegRaise: -14,
        rightLegBend: 40,
        leftLegRaise: 18,
        leftLegBend: 16,
      }],
      [1.1, { rightArmRaise: 20, rightArmBend: 60 }],
    ], phase),
  does: [
    "swings a racket with {his} {side} hand",
    "plays tennis with the racket in the {side} hand",
    "is hitting a forehand with the {side} arm",
  ],
  limbs: [
    "the {side} arm swings across the body from the {side}, the {other} foot in front",
    "the {side} arm with the racket swings forward and the {other} arm is bent",
  ],
};
