// sslearn.lif: a leaky integrate-and-fire neuron over a sequence, its rate, and sslearn.data.made.signals.

import { even, f32 } from './format.js';
import { generator, rand, randn } from './random.js';

// The membrane v and the spikes s (L,) for the input i (L,), rounded after each operation as Python rounds it.
export function lif(i, { beta, theta = 1, reset = 'subtract', refractory = 0, round = x => x }) {
  const L = i.length, v = new Float64Array(L), s = new Uint8Array(L);
  let past = 0, fired = 0, rest = 0;
  beta = round(beta);
  for (let t = 0; t < L; t++) {
    const awake = rest <= 0;
    let now = round((awake ? i[t] : 0) + (reset === 'zero' && fired ? 0 : round(past * beta)));
    if (reset === 'subtract' && fired) now = round(now - theta);
    past = v[t] = now;
    s[t] = fired = +(now > theta && awake);
    rest = fired ? refractory : rest - 1;
  }
  return { v, s };
}

// The times at the ends of the steps with a spike, and whole_steps of notebook 01's room, where halves go up.
export const ends = (s, dt) => Array.from(s.keys()).filter(k => s[k]).map(k => (k + 1) * dt);
export const nearest = steps => Math.floor(steps + 0.5);

// The mean rate f(I) in Hz of the continuous neuron, in float32 as torch computes it.
export function fi(I, { tau, theta, R, t_ref }) {
  const drive = f32(R * f32(I));
  if (!(drive > theta)) return 0;
  const log = f32(Math.log1p(f32(f32(1 / drive) * -theta)));
  return f32(1000 * f32(1 / f32(t_ref - f32(tau * log))));
}

const times = (duration, dt) => Float32Array.from({ length: even(duration / dt) }, (_, k) => k * dt);

export const step = (duration, dt, { start }) => times(duration, dt).map(t => +(t >= start - dt * 1e-3));

export const pulse = (duration, dt, { start, width }) => times(duration, dt)
  .map(t => +(f32(t + f32(dt * 1e-3)) >= start && f32(t + f32(dt * 1e-3)) < start + width));

export const sine = (duration, dt, { period }) => times(duration, dt)
  .map(t => f32(1 + f32(Math.sin(f32(f32(f32(2 * Math.PI) * t) / period)))) / 2);

export function noise(duration, dt, { sd = 0.5, corr = 5, seed }) {
  const n = randn(even(duration / dt), generator(seed)), a = Math.exp(-dt / corr), b = sd * Math.sqrt(1 - a * a);
  let x = sd * n[0];
  return n.map((_, k) => 1 + (x = k ? a * x + b * n[k] : x));
}

export function poisson(duration, dt, { rate, width, seed }) {
  const p = 1 - Math.exp(-rate * dt / 1000), drawn = rand(even(duration / dt), generator(seed));
  const n = Math.max(1, even(width / dt));
  return drawn.map((_, k) => drawn.slice(Math.max(0, k - n + 1), k + 1).filter(x => x < p).length);
}
