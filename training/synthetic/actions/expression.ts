import { type Movement, swell, wave } from "./movement.ts";

/** Dancing with swinging hips, the arms up to the sides in turn. */
export const dance: Movement = {
  name: "dance",
  sided: false,
  period: [0.9, 1.3],
  middle: [0, 1],
  posture: (phase, amount) => {
    const s = wave(phase) * amount;
    return {
      roll: 9 * s,
      sway: -12 * s,
      swivel: 14 * wave(phase + 0.25),
      turn: 10 * s,
      lift: 0.012 * Math.abs(s),
      rightArmSpread: 78 + 44 * s,
      leftArmSpread: 78 - 44 * s,
      rightArmTwist: 60 * s,
      leftArmTwist: -60 * s,
      rightArmBend: 58,
      leftArmBend: 58,
      rightLegSpread: 12 + 5 * s,
      leftLegSpread: 12 - 5 * s,
      rightLegRaise: 12 * Math.max(0, s),
      leftLegRaise: 12 * Math.max(0, -s),
      rightLegBend: 12 + 26 * Math.max(0, s),
      leftLegBend: 12 + 26 * Math.max(0, -s),
    };
  },
  does: ["dances", "is dancing", "dances and moves {his} arms"],
  limbs: [
    "the arms go up and down in turn and the hips swing",
    "both elbows are bent and the arms move from side to side",
  ],
};

/** Dancing with the right arm up, the left hand on the hip. */
export const danceOneArm: Movement = {
  name: "dance",
  sided: true,
  period: [0.9, 1.3],
  middle: [0, 1],
  posture: (phase, amount) => {
    const s = wave(phase) * amount;
    return {
      roll: 8 * s,
      sway: -10 * s,
      turn: 14 * s,
      rightArmSpread: 152 + 12 * s,
      rightArmTwist: 80,
      rightArmBend: 34 + 14 * s,
      leftArmSpread: 42,
      leftArmTwist: -78,
      leftArmBend: 98,
      rightLegSpread: 10,
      leftLegSpread: 10 + 6 * s,
      rightLegBend: 10 + 14 * Math.max(0, s),
      rightLegRaise: 7 * Math.max(0, s),
      leftLegBend: 10 + 14 * Math.max(0, -s),
      leftLegRaise: 7 * Math.max(0, -s),
    };
  },
  does: [
    "dances with {his} {side} arm up",
    "is dancing, the {side} arm raised",
    "dances and swings {his} hips",
  ],
  limbs: [
    "the {side} hand is over the head and the {other} hand on the hip",
    "the {side} arm is raised, the {other} hand rests on the hip",
  ],
};

/** Bowing deeply, the arms at the sides. */
export const bow: Movement = {
  name: "bow",
  sided: false,
  period: [1.5, 2.3],
  middle: [0.3, 0.7],
  posture: (phase, amount) => {
    const d = 0.25 + 0.75 * swell(phase);
    return {
      pitch: 50 * d * amount,
      bow: 18 * d,
      nod: 18 * d,
      ahead: -0.04 * d,
      rightArmRaise: 8 - 20 * d,
      leftArmRaise: 8 - 20 * d,
      rightLegSpread: 2,
      leftLegSpread: 2,
      rightArmBend: 8,
      leftArmBend: 8,
    };
  },
  does: ["bows", "is bowing", "makes a deep bow", "bows low"],
  limbs: [
    "the trunk is bent forward, the head is down and both arms stay at the sides",
    "{he} bends forward at the hips with straight legs, the arms at the sides",
  ],
};

/** Bowing with the right arm across the chest and the left one behind. */
export const bowWithArm: Movement = {
  name: "bow",
  sided: true,
  period: [1.5, 2.3],
  middle: [0.3, 0.7],
  posture: (phase, amount) => {
    const d = 0.3 + 0.7 * swell(phase);
    return {
      pitch: 40 * d * amount,
      bow: 14 * d,
      nod: 12 * d,
      rightArmRaise: 22,
      rightArmSpread: 8,
      rightArmTwist: -74,
      rightArmBend: 94,
      leftArmRaise: -34,
      leftArmSpread: 30,
      leftArmBend: 20,
      leftLegRaise: 14,
      leftLegBend: 6,
      rightLegBend: 16,
    };
  },
  does: ["bows with the {side} arm across the chest", "makes a bow, the {side} hand at the chest"],
  limbs: [
    "the {side} forearm lies across the body and the {other} arm goes back",
    "the trunk is bent forward, the {side} elbow is bent, the {other} arm is stretched back",
  ],
};
