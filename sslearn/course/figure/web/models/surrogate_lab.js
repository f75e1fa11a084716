// Surrogate lab of notebook 03: surrogate_view of sslearn/course/n03_surrogates/surrogates.py.

import { clip, f32, fixed, general } from './format.js';
import { generator, randn } from './random.js';

const SPAN = 25, BETA = 0.9, ALIVE = 0.1, DRIVES = Array.from({ length: 41 }, (_, k) => k / 10 - 1);
const AXIS = Array.from({ length: 241 }, (_, k) => (k - 120) / 40), DEPTHS = Array.from({ length: SPAN }, (_, k) => k);
const ACOSH = Math.acosh(Math.SQRT2), identity = x => x;

// The slopes of sslearn.spikes that are as wide as arctan's with alpha; r rounds each operation, as torch does in float32.
const FAMILIES = {
  arctan: (u, a, r) => r(r(1 / r(1 + r(r(r(Math.PI / 2 * a) * u) ** 2))) * r(a / 2)),
  'fast sigmoid': (u, a, r) => r(1 / r(r(1 + r(r((Math.SQRT2 - 1) / half(a)) * Math.abs(u))) ** 2)),
  triangle: (u, a, r) => Math.max(r(1 - r(Math.abs(u) / r(2 * half(a)))), 0),
  sigmoid: (u, a, r) => {
    const k = r(2 * ACOSH / half(a)), s = r(1 / r(1 + r(Math.exp(-r(k * u)))));
    return r(r(k * s) * r(1 - s));
  },
  Gaussian: (u, a, r) => {
    const sd = half(a) / Math.sqrt(2 * Math.LN2);
    return r(r(Math.exp(r(-0.5 * r(r(u / r(sd)) ** 2)))) / r(sd * Math.sqrt(2 * Math.PI)));
  },
};
const half = alpha => 2 / (Math.PI * alpha);

const drawn = {};
function noise(samples, seed) {
  const n = SPAN * DRIVES.length * samples;
  return drawn[`${samples} ${seed}`] ??= randn(n, generator(seed)).map(u => f32(0.15) * u);
}

// Membranes (25, 41 samples) and the number of spikes at each drive, in float32.
function run(samples, theta, seed, shift) {
  const n = DRIVES.length * samples, i = noise(samples, seed), beta = f32(BETA), gain = f32(1 - BETA);
  const v = new Float32Array(SPAN * n), counts = Array(DRIVES.length).fill(0);
  for (let h = 0; h < n; h++) {
    const k = Math.floor(h / samples), level = f32(gain * f32(DRIVES[k] + shift));
    let past = 0, fired = false;
    for (let at = h; at < SPAN * n; at += n) {
      past = f32(f32(level + i[at]) + f32(past * beta));
      if (fired) past = f32(past - theta);
      fired = past > theta;
      v[at] = past;
      counts[k] += fired;
    }
  }
  return { v, counts };
}

// The slope d(mean spike count)/d(drive) at each drive: central differences of 400 runs.
const slopes = {};
function trueSlope(theta) {
  return slopes[theta] ??= [0.1, -0.1].map(shift => run(400, theta, 1, shift).counts)
    .reduce((up, down) => up.map((c, k) => (c - down[k]) / 400 / 0.2));
}

// The slope by the surrogate, the share alive at each depth, and u and |ds/di| over the peak, `depth` steps before.
function surrogateSlope(slope, { theta, depth, detach, samples }) {
  const n = DRIVES.length * samples, { v } = run(samples, theta, 0, 0), u = v.map(x => x - theta);
  const dSpike = u.map(x => slope(x, f32)).map(x => x < 1e-20 ? 0 : x), peak = slope(0, f32);
  const k = dSpike.map(x => detach ? BETA : f32(BETA) - f32(theta * x)), counts = Array(DRIVES.length).fill(0);
  const alive = [], g = dSpike.slice(), low = f32(ALIVE * peak);
  let last = null;
  for (let d = 0; d < SPAN; d++) {
    const size = (SPAN - d) * n;   // g[t] = ds[t+d]/di[t], t < 25 - d
    let living = 0;
    for (let at = 0; at < size; at++) {
      if (d) g[at] = k[at] * g[at + n];
      living += Math.abs(g[at]) >= low;
      if (d <= depth) counts[Math.floor(at % n / samples)] += g[at] / samples;
    }
    alive.push(living / size);
    if (d === depth) last = Array.from(g.subarray(size - n, size), x => Math.abs(x) / peak);
  }
  return { count: counts.map(c => (1 - BETA) * c), alive, u: Array.from(u.subarray(-n)), last };
}

const dot = (x, y) => x.reduce((sum, a, k) => sum + a * y[k], 0);

export function view({ family, log2_alpha, theta, depth, detach }) {
  const alpha = 2 ** log2_alpha, truth = trueSlope(theta), slope = (u, round) => FAMILIES[family](u, alpha, round);
  const { count, alive, u, last } = surrogateSlope(slope, { theta, depth, detach, samples: 8 });
  const scale = Math.max(dot(count, truth) / Math.max(dot(count, count), 1e-30), 0), fit = count.map(c => scale * c);
  const off = fit.map((x, k) => x - truth[k]), misfit = Math.sqrt(dot(off, off) / dot(truth, truth));
  const curve = AXIS.map(x => slope(x, identity)), top = Math.max(...curve), share = x => `${fixed(100 * x, 0)}%`;
  const data = {
    curve: [AXIS, curve.map(y => y / top)],
    points: [u.map(x => clip(x, -3, 3)), last.map(y => Math.min(y, 1.2))],
    level: [[0, 1], [ALIVE, ALIVE]],
    'alive by depth': [DEPTHS, alive.map(a => 100 * a)],
    here: [[depth], [100 * alive[depth]]],
    depth: [[depth, depth], [0, 100]],
    truth: [DRIVES, truth],
    slope: [DRIVES, fit.map(y => clip(y, -2, 7))],
  };
  const caption = `${family}, half-width ${fixed(half(alpha), 3)} (α ${general(alpha, 3)}): `
    + `alive ${share(alive[0])} at depth 0, ${share(alive[depth])} at depth ${depth}; ${share(misfit)} off the true slope.`;
  return { data, caption };
}
