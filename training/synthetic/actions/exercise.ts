import { between } from "../posture.ts";
import { type Movement, swell, wave } from "./movement.ts";

/** Squatting with the arms stretched forwards. */
export const squat: Movement = {
  name: "squat",
  sided: false,
  period: [1.3, 2.2],
  middle: [0.3, 0.7],
  posture: (phase, amount) => {
    const d = swell(phase) * Math.min(1.05, amount);
    return {
      pitch: 34 * d,
      bow: 8 * d,
      nod: -22 * d,
      rightLegRaise: 92 * d,
      leftLegRaise: 92 * d,
      rightLegSpread: 12,
      leftLegSpread: 12,
      rightLegBend: 4 + 110 * d,
      leftLegBend: 4 + 110 * d,
      rightArmRaise: 20 + 100 * d,
      leftArmRaise: 20 + 100 * d,
      rightArmSpread: 4,
      leftArmSpread: 4,
    };
  },
  does: ["squats", "is squatting", "does a squat", "crouches down in a deep squat"],
  limbs: [
    "both knees are bent and both arms are stretched forward",
    "the hips are low, the knees are bent, the arms reach forward",
    "{he} bends both knees and holds both arms out in front",
  ],
};

/** Jumping straight up, the arms raised. */
export const jump: Movement = {
  name: "jump",
  sided: false,
  period: [1.0, 1.3],
  middle: [0.4, 0.56],
  posture: (phase, amount) => {
    const at = phase - Math.floor(phase);
    const air = at > 0.3 && at < 0.66 ? Math.sin(Math.PI * (at - 0.3) / 0.36) : 0;
    const down = { pitch: 32, rightLegRaise: 58, leftLegRaise: 58, rightLegBend: 84, leftLegBend: 84 };
    const arms = (raise: number) => ({
      rightArmRaise: raise,
      leftArmRaise: raise,
      rightArmSpread: 12,
      leftArmSpread: 12,
    });
    const legs = { rightLegBend: 32, leftLegBend: 32, rightLegRaise: 8, leftLegRaise: 8 };
    const whole = between([
      [0, { ...arms(0) }],
      [0.18, { ...down, ...arms(-40) }],
      [0.32, { ...arms(140), rightLegBend: 4, leftLegBend: 4 }],
      [0.48, { ...arms(168), ...legs }],
      [0.64, { ...arms(120), rightLegBend: 8, leftLegBend: 8 }],
      [0.78, { ...down, ...arms(40) }],
      [1, { ...arms(0) }],
    ], at);
    return { ...whole, lift: 0.16 * amount * air };
  },
  does: ["jumps", "jumps up", "is jumping into the air", "leaps up"],
  limbs: [
    "both feet leave the ground and both arms are raised over {his} head",
    "both arms swing up above the head, the knees are a little bent",
    "{he} is in the air with both hands up",
  ],
};

/** Jumping jacks: arms and legs open and close. */
export const jumpingJack: Movement = {
  name: "jumping jack",
  sided: false,
  period: [0.8, 1.1],
  middle: [0, 1],
  posture: (phase, amount) => {
    const open = swell(phase);
    return {
      lift: 0.045 * Math.abs(wave(phase)),
      rightArmSpread: 10 + 150 * open * Math.min(1.05, amount),
      leftArmSpread: 10 + 150 * open * Math.min(1.05, amount),
      rightArmTwist: 40 * open,
      leftArmTwist: 40 * open,
      rightLegSpread: 3 + 24 * open * amount,
      leftLegSpread: 3 + 24 * open * amount,
    };
  },
  does: ["does jumping jacks", "is doing jumping jacks", "jumps with arms and legs going apart and together"],
  limbs: [
    "both arms swing out and up over the head while the legs go apart",
    "arms and legs open to the sides and close again",
    "both arms and both legs go apart, then together",
  ],
};

/** Lunging with the right leg in front. */
export const lunge: Movement = {
  name: "lunge",
  sided: true,
  period: [1.4, 2.2],
  middle: [0.3, 0.7],
  posture: (phase, amount) => {
    const d = 0.35 + 0.65 * swell(phase) * Math.min(1.1, amount);
    return {
      pitch: 6,
      ahead: 0.05 * d,
      rightLegRaise: 72 * d,
      rightLegBend: 76 * d,
      leftLegRaise: -22 * d,
      leftLegBend: 62 * d,
      rightArmSpread: 42,
      leftArmSpread: 42,
      rightArmTwist: -78,
      leftArmTwist: -78,
      rightArmBend: 96,
      leftArmBend: 96,
    };
  },
  does: [
    "does a lunge",
    "lunges forward with the {side} leg",
    "is doing a lunge with the {side} foot in front",
  ],
  limbs: [
    "the {side} leg is in front with the knee bent, the {other} leg is stretched back, both hands on the hips",
    "the {side} knee is bent in front and the {other} knee is low behind, the hands rest on the hips",
  ],
};

/** Pressing a bar from the shoulders over the head. */
export const lift: Movement = {
  name: "lift",
  sided: false,
  period: [1.5, 2.2],
  middle: [0, 1],
  prop: { kind: "bar" },
  posture: (phase, amount) => {
    const up = swell(phase);
    return {
      pitch: -3,
      rightLegSpread: 10,
      leftLegSpread: 10,
      rightArmRaise: 42 + 130 * up,
      leftArmRaise: 42 + 130 * up,
      rightArmSpread: 18 + 4 * amount,
      leftArmSpread: 18 + 4 * amount,
      rightArmBend: 138 - 132 * up,
      leftArmBend: 138 - 132 * up,
    };
  },
  does: ["lifts a bar over {his} head", "is lifting a bar", "pushes a bar up with both hands"],
  limbs: [
    "both arms push the bar from the shoulders up over the head",
    "both hands hold the bar, the elbows bend and stretch",
  ],
};

/** Bending to the left, the right arm over the head. */
export const sideStretch: Movement = {
  name: "stretch",
  sided: true,
  period: [1.6, 2.6],
  middle: [0.3, 0.7],
  posture: (phase, amount) => {
    const d = 0.4 + 0.6 * swell(phase);
    return {
      roll: 6 * d * amount,
      sway: 24 * d * amount,
      tilt: 8,
      rightLegSpread: 14,
      leftLegSpread: 14,
      rightArmSpread: 164,
      rightArmTwist: 60,
      rightArmBend: 34,
      leftArmSpread: 40,
      leftArmTwist: -78,
      leftArmBend: 98,
    };
  },
  does: ["stretches", "bends sideways to the {other}", "is stretching to the {other} side"],
  limbs: [
    "the {side} arm is raised over the head and the {other} hand rests on the hip",
    "the trunk bends to the {other}, the {side} arm is up, the {other} hand on the hip",
  ],
};

/** Standing on the left leg, the right one lifted in front. */
export const balance: Movement = {
  name: "balance",
  sided: true,
  period: [1.6, 2.4],
  middle: [0, 1],
  posture: (phase, amount) => ({
    sway: 4 * wave(phase),
    roll: 4,
    rightLegRaise: (70 + 6 * wave(phase)) * amount,
    rightLegBend: 82,
    rightArmSpread: 84 + 8 * wave(phase),
    leftArmSpread: 84 - 8 * wave(phase),
    rightArmBend: 6,
    leftArmBend: 6,
  }),
  does: ["balances on {his} {other} leg", "stands on the {other} leg", "is balancing on one foot"],
  limbs: [
    "the {side} knee is lifted and both arms are stretched out to the sides",
    "the {side} leg is raised with the knee bent, the arms are spread wide",
  ],
};

/** Bending down to the toes with straight knees. */
export const touchToes: Movement = {
  name: "bend down",
  sided: false,
  period: [1.6, 2.4],
  middle: [0.35, 0.65],
  posture: (phase, amount) => {
    const d = 0.3 + 0.7 * swell(phase);
    return {
      pitch: 78 * d * Math.min(1.08, amount),
      bow: 34 * d,
      nod: 14 * d,
      ahead: -0.05 * d,
      rightArmRaise: 92 * d,
      leftArmRaise: 92 * d,
      rightArmSpread: 4,
      leftArmSpread: 4,
      rightArmBend: 6,
      leftArmBend: 6,
    };
  },
  does: ["bends down", "touches {his} toes", "is bending forward to the floor"],
  limbs: [
    "both hands reach for the feet and the knees are straight",
    "the trunk is bent low with the head down, both arms hang to the toes",
  ],
};
