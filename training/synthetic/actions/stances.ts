import { type Stance, wave } from "./movement.ts";

/** Standing, the weight going from foot to foot. */
export const stand: Stance = {
  name: "stand",
  sided: false,
  mayBeSilent: true,
  period: [1.8, 3],
  middle: [0, 1],
  posture: (phase, amount) => ({
    roll: 2 * wave(phase),
    sway: 2 * wave(phase + 0.2),
    look: 8 * wave(phase / 2),
    rightLegSpread: 3 + 5 * amount,
    leftLegSpread: 3 + 5 * amount,
  }),
  does: ["stands", "is standing", "stands upright", "stands still"],
  limbs: ["both arms hang down at the sides", "the legs are straight and both arms hang down"],
};

/** Sitting on a stool. */
export const sit: Stance = {
  name: "sit",
  sided: false,
  mayBeSilent: false,
  period: [1.8, 3],
  middle: [0, 1],
  prop: { kind: "stool" },
  posture: (phase, amount) => ({
    pitch: 4 + 3 * wave(phase),
    bow: 5,
    look: 8 * wave(phase / 2),
    rightLegRaise: 84,
    leftLegRaise: 84,
    rightLegSpread: 7 * amount,
    leftLegSpread: 7 * amount,
    rightLegBend: 82 + 4 * wave(phase),
    leftLegBend: 82,
    rightArmRaise: 22,
    leftArmRaise: 22,
    rightArmBend: 48,
    leftArmBend: 48,
    rightArmTwist: -10,
    leftArmTwist: -10,
  }),
  does: ["sits on a box", "is sitting on a box", "sits on a bench", "is seated", "sits"],
  limbs: [
    "the knees are bent and both hands rest on the thighs",
    "both knees are bent, the hands lie on the legs",
  ],
};

/** Kneeling on the right knee. */
export const kneel: Stance = {
  name: "kneel",
  sided: true,
  mayBeSilent: false,
  period: [1.8, 3],
  middle: [0, 1],
  posture: (phase) => ({
    pitch: 6 + 2 * wave(phase),
    look: 6 * wave(phase / 2),
    rightLegRaise: -2,
    rightLegBend: 98,
    leftLegRaise: 88,
    leftLegBend: 92,
    leftLegSpread: 8,
    leftArmRaise: 40,
    leftArmBend: 40,
    rightArmRaise: 4,
  }),
  does: ["kneels on {his} {side} knee", "is kneeling on the {side} knee", "kneels down on the {side} knee"],
  limbs: [
    "the {side} knee is on the ground, the {other} foot is in front with the knee bent",
    "{he} rests on the {side} knee and the {other} knee is up",
  ],
};
