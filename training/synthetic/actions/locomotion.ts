import { type Movement, type Stance, wave } from "./movement.ts";

/** Walking; the clip shows the right leg swinging forwards. */
export const walk: Stance = {
  name: "walk",
  sided: true,
  mayBeSilent: false,
  period: [0.95, 1.3],
  middle: [-0.12, 0.14],
  speed: [1.0, 1.5],
  posture: (phase, amount) => {
    const s = wave(phase) * amount;
    const swing = (at: number) => Math.max(0, Math.cos(2 * Math.PI * at)) ** 1.5;
    return {
      pitch: 3,
      swivel: 6 * s,
      lift: 0.008 * Math.abs(wave(phase)),
      rightLegRaise: 5 + 27 * s,
      leftLegRaise: 5 - 27 * s,
      rightLegBend: 7 + 48 * swing(phase + 0.05),
      leftLegBend: 7 + 48 * swing(phase + 0.55),
      rightArmRaise: 2 - 28 * s,
      leftArmRaise: 2 + 28 * s,
      rightArmBend: 22 - 8 * s,
      leftArmBend: 22 + 8 * s,
    };
  },
  does: ["walks", "is walking", "takes a step", "walks steadily", "walks with long steps"],
  limbs: [
    "{his} {side} leg swings forward and {his} {other} arm swings with it",
    "the {side} leg steps forward, the {other} leg stays behind",
    "{he} steps forward with the {side} foot",
  ],
};

/** Running; the clip shows the right knee coming forwards. */
export const run: Movement = {
  name: "run",
  sided: true,
  period: [0.62, 0.8],
  middle: [-0.08, 0.16],
  speed: [2.2, 3.4],
  posture: (phase, amount) => {
    const s = wave(phase) * amount;
    const swing = (at: number) => Math.max(0, Math.cos(2 * Math.PI * at));
    return {
      pitch: 12,
      swivel: 10 * s,
      lift: 0.035 * Math.abs(wave(phase)),
      nod: -8,
      rightLegRaise: 14 + 44 * s,
      leftLegRaise: 14 - 44 * s,
      rightLegBend: 18 + 85 * swing(phase + 0.04),
      leftLegBend: 18 + 85 * swing(phase + 0.54),
      rightArmRaise: 2 - 46 * s,
      leftArmRaise: 2 + 46 * s,
      rightArmBend: 88,
      leftArmBend: 88,
      rightArmTwist: -12,
      leftArmTwist: -12,
    };
  },
  does: ["runs", "is running", "jogs", "runs fast", "sprints"],
  limbs: [
    "{his} {side} knee comes forward, the {other} leg pushes off behind",
    "the {side} leg swings forward with a bent knee, both elbows are bent",
    "{he} leans forward and drives the {side} knee up",
  ],
};

/** Walking on the spot with high knees; the clip shows the right knee up. */
export const march: Movement = {
  name: "march",
  sided: true,
  period: [0.9, 1.2],
  middle: [0.17, 0.33],
  posture: (phase, amount) => {
    const right = Math.max(0, wave(phase)) * amount;
    const left = Math.max(0, -wave(phase)) * amount;
    return {
      rightLegRaise: 84 * right,
      rightLegBend: 4 + 88 * right,
      leftLegRaise: 84 * left,
      leftLegBend: 4 + 88 * left,
      rightArmRaise: 50 * left - 25 * right,
      leftArmRaise: 50 * right - 25 * left,
      rightArmBend: 70,
      leftArmBend: 70,
    };
  },
  does: ["walks in place with high knees", "lifts {his} knees high", "is marching in place with high knees"],
  limbs: [
    "the {side} knee is raised to the hip, {he} stands on the {other} leg",
    "{his} {side} leg is lifted with the knee bent and the {other} leg is straight",
  ],
};

/** Hopping on the left leg, the right one bent. */
export const hop: Movement = {
  name: "hop",
  sided: true,
  period: [0.5, 0.7],
  middle: [0, 1],
  posture: (phase, amount) => {
    const cycle = phase - Math.floor(phase);
    const air = cycle > 0.35 ? Math.sin(Math.PI * (cycle - 0.35) / 0.65) : 0;
    const crouch = cycle < 0.35 ? Math.sin(Math.PI * cycle / 0.35) : 0;
    return {
      lift: 0.07 * air * amount,
      pitch: 6,
      leftLegRaise: 14 * crouch,
      leftLegBend: 6 + 30 * crouch,
      rightLegRaise: 12,
      rightLegBend: 92,
      rightArmSpread: 34 + 22 * air,
      leftArmSpread: 34 + 22 * air,
      rightArmBend: 40,
      leftArmBend: 40,
    };
  },
  does: ["hops on {his} {other} leg", "is hopping on the {other} foot", "jumps up and down on one leg"],
  limbs: [
    "the {side} knee is bent so that the foot is off the ground behind {him}",
    "{he} stands on the {other} leg only, the {side} foot is held up behind",
  ],
};
