import { type Movement, swell, wave } from "./movement.ts";

/** Waving with the raised right hand. */
export const waveHand: Movement = {
  name: "wave",
  sided: true,
  period: [0.55, 0.9],
  middle: [0, 1],
  posture: (phase, amount) => ({
    rightArmSpread: 98 + 8 * wave(phase),
    rightArmRaise: 8,
    rightArmTwist: 84,
    rightArmBend: 68 + 32 * wave(phase) * amount,
  }),
  does: ["waves with {his} {side} hand", "is waving the {side} hand", "waves {his} {side} hand", "waves"],
  limbs: [
    "the {side} arm is raised with the elbow bent and the {other} arm is low",
    "the {side} hand is up beside the head",
    "{his} {side} arm is lifted to the side, the hand moving from side to side",
  ],
};

/** Waving with both hands over the head. */
export const waveBoth: Movement = {
  name: "wave",
  sided: false,
  period: [0.7, 1],
  middle: [0, 1],
  posture: (phase, amount) => ({
    rightArmSpread: 140 + 14 * wave(phase) * amount,
    leftArmSpread: 140 + 14 * wave(phase) * amount,
    rightArmTwist: 80,
    leftArmTwist: 80,
    rightArmBend: 26 + 18 * wave(phase),
    leftArmBend: 26 + 18 * wave(phase),
  }),
  does: ["waves with both hands", "is waving both arms", "waves both arms over {his} head"],
  limbs: ["both arms are raised over the head", "both hands are up, the arms apart"],
};

/** Pointing forwards with the right arm. */
export const pointForward: Movement = {
  name: "point",
  sided: true,
  period: [1.2, 2],
  middle: [0, 1],
  posture: (phase) => ({
    rightArmRaise: 88 + 4 * wave(phase),
    rightArmSpread: 4,
    rightArmBend: 5,
  }),
  does: [
    "points forward with {his} {side} hand",
    "is pointing straight in front",
    "points with the {side} arm",
  ],
  limbs: [
    "the {side} arm is stretched forward at shoulder level and the {other} arm is low",
    "{his} {side} arm is held straight out in front",
  ],
};

/** Pointing to the side with the right arm. */
export const pointAside: Movement = {
  name: "point",
  sided: true,
  period: [1.2, 2],
  middle: [0, 1],
  posture: (phase) => ({
    look: -28,
    rightArmSpread: 88 + 5 * wave(phase),
    rightArmBend: 6,
  }),
  does: ["points to {his} {side}", "is pointing to the {side} side", "points sideways with the {side} hand"],
  limbs: [
    "the {side} arm is stretched out to the side and the {other} arm is low",
    "{his} {side} arm is held out straight at shoulder height, {he} looks along it",
  ],
};

/** Pointing up with the right arm. */
export const pointUp: Movement = {
  name: "point",
  sided: true,
  period: [1.2, 2],
  middle: [0, 1],
  posture: (phase) => ({
    nod: -18,
    rightArmRaise: 138 + 5 * wave(phase),
    rightArmSpread: 14,
    rightArmBend: 8,
  }),
  does: ["points up with {his} {side} hand", "is pointing up", "points high up"],
  limbs: [
    "the {side} arm is stretched up and the {other} arm is low",
    "{his} {side} arm is raised in front above the head, {he} looks up",
  ],
};

/** Reaching up with the right arm. */
export const reachUp: Movement = {
  name: "reach",
  sided: true,
  period: [1.3, 2],
  middle: [0.25, 0.75],
  posture: (phase, amount) => ({
    nod: -12,
    sway: 5 * amount,
    rightArmRaise: 148 + 22 * swell(phase),
    rightArmSpread: 6,
    rightArmBend: 30 - 26 * swell(phase),
  }),
  does: ["reaches up with {his} {side} hand", "is reaching high with the {side} arm", "reaches up"],
  limbs: [
    "the {side} arm is stretched straight up and the {other} arm is low",
    "{his} {side} hand is high above the head",
  ],
};

/** Reaching forwards with both arms. */
export const reachForward: Movement = {
  name: "reach",
  sided: false,
  period: [1.3, 2],
  middle: [0.25, 0.75],
  posture: (phase) => ({
    bow: 10 * swell(phase),
    rightArmRaise: 70 + 18 * swell(phase),
    leftArmRaise: 70 + 18 * swell(phase),
    rightArmSpread: 3,
    leftArmSpread: 3,
    rightArmBend: 30 - 24 * swell(phase),
    leftArmBend: 30 - 24 * swell(phase),
  }),
  does: ["reaches forward with both hands", "is reaching forward", "holds out both arms in front"],
  limbs: ["both arms are stretched forward", "both hands are in front at the height of the chest"],
};

/** Reaching down with the right hand. */
export const reachDown: Movement = {
  name: "reach",
  sided: true,
  period: [1.5, 2.2],
  middle: [0.3, 0.7],
  posture: (phase, amount) => ({
    pitch: 44 * swell(phase) * amount,
    bow: 24 * swell(phase),
    swivel: 14 * swell(phase),
    rightArmRaise: 62 * swell(phase),
    rightArmSpread: 4,
    rightArmBend: 8,
    leftArmRaise: 12,
    leftArmTwist: -70,
    leftArmSpread: 38,
    leftArmBend: 88,
  }),
  does: ["reaches down with {his} {side} hand", "bends down to pick up something with the {side} hand"],
  limbs: [
    "the {side} arm is stretched down and the {other} hand is on the hip",
    "the trunk is bent forward, the {side} hand is low, the {other} hand rests on the hip",
  ],
};

/** Clapping in front of the chest. */
export const clap: Movement = {
  name: "clap",
  sided: false,
  period: [0.4, 0.7],
  middle: [0, 1],
  posture: (phase) => {
    const open = swell(phase);
    return {
      rightArmRaise: 42,
      leftArmRaise: 42,
      rightArmSpread: 14 + 10 * open,
      leftArmSpread: 14 + 10 * open,
      rightArmTwist: -42 + 44 * open,
      leftArmTwist: -42 + 44 * open,
      rightArmBend: 78,
      leftArmBend: 78,
    };
  },
  does: ["claps {his} hands", "is clapping", "claps both hands together"],
  limbs: [
    "both elbows are bent and the hands meet in front of the chest",
    "both hands come together in front",
  ],
};

/** Clapping over the head. */
export const clapOverhead: Movement = {
  name: "clap",
  sided: false,
  period: [0.6, 0.9],
  middle: [0, 1],
  posture: (phase) => {
    const open = swell(phase);
    return {
      rightArmSpread: 168 - 26 * open,
      leftArmSpread: 168 - 26 * open,
      rightArmTwist: 84,
      leftArmTwist: 84,
      rightArmBend: 16 + 14 * open,
      leftArmBend: 16 + 14 * open,
    };
  },
  does: ["claps over {his} head", "is clapping with both hands above the head"],
  limbs: ["both arms are raised and the hands meet above the head", "both arms are up over the head"],
};

/** Both hands on the hips. */
export const handsOnHips: Movement = {
  name: "hands on hips",
  sided: false,
  period: [1.5, 2.5],
  middle: [0, 1],
  posture: (phase) => ({
    sway: 3 * wave(phase),
    rightArmRaise: -8,
    leftArmRaise: -8,
    rightArmSpread: 42,
    leftArmSpread: 42,
    rightArmTwist: -76,
    leftArmTwist: -76,
    rightArmBend: 98,
    leftArmBend: 98,
  }),
  does: ["holds both hands on {his} hips", "has both hands on the hips"],
  limbs: ["both elbows point out to the sides", "both arms are bent, the elbows out"],
};

/** Arms crossed in front of the chest. */
export const crossedArms: Movement = {
  name: "crossed arms",
  sided: false,
  period: [1.5, 2.5],
  middle: [0, 1],
  posture: (phase) => ({
    bow: 3 + 2 * wave(phase),
    rightArmRaise: 26,
    leftArmRaise: 20,
    rightArmSpread: 10,
    leftArmSpread: 10,
    rightArmTwist: -70,
    leftArmTwist: -70,
    rightArmBend: 98,
    leftArmBend: 94,
  }),
  does: ["holds {his} arms crossed", "has both arms crossed in front of the chest"],
  limbs: ["both forearms lie across the chest", "the arms are folded, both elbows bent"],
};

/** A phone at the right ear. */
export const phone: Movement = {
  name: "phone",
  sided: true,
  period: [1.5, 2.5],
  middle: [0, 1],
  prop: { kind: "phone" },
  posture: (phase) => ({
    tilt: -8,
    nod: 6,
    rightArmRaise: 36 + 2 * wave(phase),
    rightArmSpread: 24,
    rightArmTwist: 4,
    rightArmBend: 156,
  }),
  does: [
    "holds a phone to {his} {side} ear",
    "is on the phone, with the phone in the {side} hand",
    "has a phone in {his} {side} hand",
  ],
  limbs: [
    "the {side} elbow is bent and the hand is at the head, the {other} arm is low",
    "the {side} hand is beside the {side} ear",
  ],
};

/** Cheering: both arms straight up. */
export const cheer: Movement = {
  name: "cheer",
  sided: false,
  period: [0.9, 1.4],
  middle: [0, 1],
  posture: (phase, amount) => ({
    nod: -10,
    rightArmSpread: 150 + 10 * wave(phase) * amount,
    leftArmSpread: 150 + 10 * wave(phase) * amount,
    rightArmBend: 8,
    leftArmBend: 8,
  }),
  does: ["cheers with both arms up", "is cheering", "raises both arms and cheers"],
  limbs: ["both arms are stretched up and apart", "both hands are high above the head"],
};
