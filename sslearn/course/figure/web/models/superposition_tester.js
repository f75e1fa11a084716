// Superposition tester of notebook 04: superposition_view of sslearn/course/n04_filters/superposition.py.

import { clip, fixed } from './format.js';
import { lif, noise, poisson, pulse, sine, step } from './neuron.js';

const LENGTH = 200, ORDER = Array.from({ length: LENGTH }, (_, k) => k);
const INPUTS = {
  pulse: seed => pulse(LENGTH, 1, { start: 20 + 40 * seed, width: 30 }),
  step: seed => step(LENGTH, 1, { start: 20 + 40 * seed }),
  sine: seed => sine(LENGTH, 1, { period: 60 - 20 * seed }),
  Poisson: seed => poisson(LENGTH, 1, { rate: 60, width: 8, seed }),
  noise: seed => noise(LENGTH, 1, { corr: 8, seed }).map(x => x / 2),
};
const input = (kind, seed) => Array.from(INPUTS[kind](seed), x => 0.95 * clip(x, 0, 1));

// Two leaks in a row, synapse and membrane: both pass a constant unchanged.
function cascade(x, { beta_1, beta_2, reset }) {
  const { v: i } = lif(x.map(u => (1 - beta_1) * u), { beta: beta_1, reset: 'none' });
  return lif(Array.from(i, u => (1 - beta_2) * u), { beta: beta_2, reset });
}

export function view({ a, b, w_1, w_2, beta_1, beta_2, reset }) {
  const x = input(a, 0), y = input(b, 1), poles = { beta_1, beta_2, reset: reset ? 'subtract' : 'none' };
  const neurons = [x.map((u, k) => w_1 * u + w_2 * y[k]), x, y].map(u => cascade(u, poles));
  const [mix, one, two] = neurons, v = Array.from(mix.v);
  const parts = v.map((_, k) => w_1 * one.v[k] + w_2 * two.v[k]), residual = v.map((u, k) => u - parts[k]);
  const kernel = cascade(ORDER.map(k => +(k === 0)), { ...poles, reset: 'none' }).v, top = Math.max(...kernel);
  const fired = ORDER.findIndex(k => reset && neurons.some(n => n.s[k]));
  const off = residual.findIndex(r => Math.abs(r) > 1e-9), peak = kernel.findIndex(u => u > (1 - 1e-9) * top);
  const spikes = ORDER.filter(k => reset && mix.s[k]), within = (values, low, high) => values.map(u => clip(u, low, high));
  const data = {
    a: [ORDER, x],
    b: [ORDER, y],
    together: [ORDER, within(v, -2, 3)],
    parts: [ORDER, within(parts, -2, 3)],
    theta: [[0, LENGTH], [1, 1]],
    spikes: [spikes, spikes.map(() => 0)],
    residual: [ORDER, within(residual, -3, 1)],
    kernel: [ORDER.slice(0, 80), Array.from(kernel.subarray(0, 80), u => u / top)],
  };
  let caption = `${fixed(w_1, 1)} ${a} ${w_2 < 0 ? '−' : '+'} ${fixed(Math.abs(w_2), 1)} ${b}, reset ${reset ? 'on' : 'off'}: `;
  caption += reset ? `${spikes.length} spikes; ` : 'no spikes are sent; ';
  caption += off < 0 ? 'residual zero (below 1e-9 θ) in every step'
    : `first spike in step ${fired}, residual from step ${off} on, largest ${fixed(Math.max(...residual.map(Math.abs)), 2)} θ`;
  return { data, caption: `${caption}; the impulse response peaks ${peak} steps after the impulse.` };
}
