// LIF lab of notebook 01: lif_view of sslearn/course/n01_neuron/neuron.py.

import { clip, f32, fixed } from './format.js';
import { ends, fi, lif, nearest, noise, poisson, pulse, sine, step } from './neuron.js';

const R = 10, SPAN = 200, NEAR = 2, SPILL = 1.3;
const FINE = Array.from({ length: 1601 }, (_, k) => k / 8);
const SHAPES = {
  step: dt => step(SPAN, dt, { start: 20 }),
  pulse: dt => pulse(SPAN, dt, { start: 20, width: 40 }),
  sine: dt => sine(SPAN, dt, { period: 50 }),
  noise: dt => {
    const x = noise(SPAN, dt, { sd: 0.25, seed: 0 }).map(v => Math.max(v, 0)), top = Math.max(...x);
    return x.map(v => v / top);
  },
  Poisson: dt => poisson(SPAN, dt, { rate: 200, width: 5, seed: 0 }).map(v => Math.min(v, 1)),
};

// np.arange from high down to low for a stream of drops, the denser, the larger its rate.
function drops(rate, low, high, now) {
  if (rate <= 0) return [[], []];
  const gap = 0.16 / rate, start = high - gap * (now / 10 % 1);
  const n = Math.max(0, Math.ceil((low - start) / -gap));
  return [Array(n).fill(0), Array.from({ length: n }, (_, k) => start - k * gap)];
}

export function view({ tau, I, theta, dt, t_ref, reset, drive, now }) {
  const x = Array.from(SHAPES[drive](dt), s => I * s), L = x.length, beta = Math.exp(-dt / tau);
  const { v: after, s } = lif(x.map(i => (1 - beta) * R * i), { beta, theta, reset, refractory: nearest(t_ref / dt) });
  const v = [0, ...after], t = v.map((_, k) => k * dt), times = ends(s, dt), count = times.length;
  const mean = f32((times[count - 1] - times[0]) / (count - 1));
  const hz = count > 1 ? f32(1000 * f32(1 / mean)) : 0;
  const k = Math.min(Math.floor(now / dt), L), last = v[k], goal = [...x, x[L - 1]].map(i => R * i);
  const stair = t.flatMap(u => [u, u]), level = goal.flatMap(u => [u, u]).slice(0, -1);
  const near = FINE.map(u => {
    const j = Math.min(Math.floor(u / dt), L - 1), [a, b] = [v[j] - theta, v[j + 1] - theta];
    return clip(u > t[L] ? v[L] - theta : a + (b - a) / dt * (u - t[j]), -NEAR, NEAR);
  });
  const water = clip(last / theta, 0, SPILL), top = Math.max(...v);
  const data = {
    current: [t, goal.map(u => u / R)],
    v: [t, v],
    theta: [[0, 1], [theta, theta]],
    near: [FINE, near],
    'near current': [stair.slice(1), level.map(u => clip(u - theta, -NEAR, NEAR))],
    spikes: [times, times.map(() => 0)],
    now: [[now, now], [-6, 42]],
    'now v': [[now], [last]],
    'now near': [[now, now], [-NEAR, NEAR]],
    level: [[0, 0], [0, water]],
    inflow: drops(goal[k] / theta, water, 1.62, now),
    leak: drops(water, -0.55, -0.08, now),
    read: `${fixed(last, 1)} of ${fixed(theta, 1)} mV${k && s[k - 1] ? '\nspike' : ''}`,
  };
  const formula = fi(I, { tau, theta, R, t_ref }), most = ['step', 'pulse'].includes(drive) ? '' : 'at most ';
  let caption = `${drive[0].toUpperCase()}${drive.slice(1)} of ${most}${fixed(I, 2)} nA: ${count} spike${count === 1 ? '' : 's'}`;
  if (reset === 'none') caption += count ? ', one for each step that ends with v above θ' : '';
  else {
    caption += count > 1 ? ` at ${fixed(hz, 1)} Hz` : '';
    caption += drive === 'step' ? `, in continuous time ${fixed(formula, 1)} Hz` : '';
  }
  caption += `. v is at most ${fixed(top, 1)} mV, the threshold ${fixed(theta, 1)} mV`;
  return { data, caption: `${caption}; after ${fixed(now, 0)} ms v is ${fixed(last, 1)} mV.` };
}
