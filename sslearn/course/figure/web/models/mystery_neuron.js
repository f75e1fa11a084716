// Mystery neuron of notebook 01: mystery_view of sslearn/course/n01_neuron/mystery.py.

import { f32, fixed } from './format.js';
import { ends, fi, lif, nearest } from './neuron.js';
import { generator, randint } from './random.js';

const OHM = 10, STEPS = 400, DT = 0.5;
const HALF = f32(f32(6) / 120);   // torch.linspace counts from both ends to the middle, in float32
const AXIS = Array.from({ length: 121 }, (_, k) => k < 60 ? f32(HALF * k) : f32(6 - f32(HALF * (120 - k))));

function hidden(number) {
  const [a, b, c] = randint(9, 3, generator(100 + number));
  return { tau: 10 + 3 * a, theta: 8 + 1.5 * b, t_ref: 1 + c };
}

function judged(guess, truth) {
  const near = Object.keys(truth).map(name => [name, Math.abs(guess[name] - truth[name]) <= 0.05 * truth[name]]);
  if (near.every(([, ok]) => ok)) return 'All three estimates are within 5 %: solved.';
  return near.map(([name, ok]) => `${name} ${ok ? '✓' : 'not within 5 %'}`).join(', ');
}

function train(I, { tau, theta, t_ref }) {
  const beta = Math.exp(-DT / tau), current = Array(STEPS).fill(f32((1 - beta) * OHM * I));
  return ends(lif(current, { beta, theta, reset: 'zero', refractory: nearest(t_ref / DT), round: f32 }).s, DT);
}

export function view({ number, I, tau, theta, t_ref, judge }) {
  const mine = { tau, theta, t_ref }, secret = hidden(number), seen = train(I, secret), own = train(I, mine);
  const gap = seen.length > 1 ? seen[1] - seen[0] : 0;
  const data = {
    hidden: [seen, seen.map(() => 1)],
    mine: [own, own.map(() => 0)],
    curve: [AXIS, AXIS.map(i => fi(i, { R: OHM, ...mine }))],
    point: [[I], [gap ? 1000 / gap : 0]],
    probe: [[I, I], [0, 250]],
  };
  let caption = `Neuron ${number} at ${fixed(I, 2)} nA: `;
  caption += seen.length ? `first spike after ${fixed(seen[0], 1)} ms` : 'no spike';
  caption += gap ? `, then one every ${fixed(gap, 1)} ms` : '';
  caption += `; your estimates give ${fixed(1000 * own.length / (STEPS * DT), 0)} Hz`;
  return { data, caption: caption + (judge ? `. ${judged(mine, secret)}` : '.') };
}
