// Raster lab of notebook 02: raster_view of sslearn/course/n02_codes/rasters.py.

import { clip, even, f32, fixed } from './format.js';
import { generator, rand, randn } from './random.js';
import { sine, step } from './neuron.js';

const MS = 1000, TOP = 150, JITTER = f32(0.025);
const STIMULI = {
  constant: () => new Float32Array(MS).fill(1),
  sine: () => sine(MS, 1, { period: 500 }),
  step: () => step(MS, 1, { start: 500 }).map(s => 0.2 + f32(0.6) * s),
  ramp: () => Float32Array.from({ length: MS }, (_, k) => k / MS),
};
const COUNTS = Array.from({ length: 40 }, (_, k) => 400 ** (k / 39));

// codes.population: a mother train, which each neuron copies with its own draws; spikes as [times, neurons].
function population(p, n, corr, next) {
  const c = p.map(u => u + f32(f32(corr) * f32(1 - u))), mother = rand(MS, next), own = rand(MS * n, next), t = [], h = [];
  for (let k = 0; k < MS; k++) {
    if (!(f32(mother[k] * c[k]) < p[k])) continue;
    for (let j = 0; j < n; j++) if (own[k * n + j] < c[k]) { t.push(k); h.push(j); }
  }
  return [t, h];
}

// The latency or delta code of noisy samples of x, hz a second.
function sampled(x, n, hz, corr, code, next) {
  const gap = even(MS / hz), samples = x.filter((_, k) => k % gap === 0), C = samples.length, spikes = [];
  const own = randn(C * n, next), common = randn(C, next), [a, b] = [f32(Math.sqrt(corr)), f32(Math.sqrt(1 - corr))];
  const noisy = own.map((u, k) => {
    const i = Math.floor(k / n);
    return clip(f32(samples[i] + f32(JITTER * f32(f32(a * common[i]) + f32(b * u)))), 0, 1);
  });
  noisy.forEach((u, k) => {
    const i = Math.floor(k / n), j = k % n, change = f32(u - (i ? noisy[k - n] : 0));
    if (code === 'latency') {
      const t = i * gap + even(f32((gap - 1) * f32(1 - u)));
      if (u >= f32(0.05) && t < MS) spikes.push([t, j]);
    } else if (j < (n + 1) >> 1 ? change >= f32(0.1) : change <= -f32(0.1)) spikes.push([i * gap, j]);
  });
  spikes.sort((p, q) => p[0] - q[0] || p[1] - q[1]);
  return [spikes.map(s => s[0]), spikes.map(s => s[1])];
}

const mean = values => values.reduce((sum, u) => sum + u, 0) / values.length;
const variance = (values, less = 0) => {
  const m = mean(values);
  return values.reduce((sum, u) => sum + (u - m) ** 2, 0) / (values.length - less);
};

export function view({ n, hz, corr, window, kind, code, seed }) {
  const x = STIMULI[kind](), p = x.map(u => f32(hz * u) / MS), next = generator(seed);
  const [t, h] = code === 'rate' ? population(p, n, corr, next) : sampled(x, n, hz, corr, code, next);
  const bins = Math.floor(MS / window), count = Array(bins).fill(0), goal = Array.from(x, u => f32(hz * u));
  for (const k of t) if (k < bins * window) count[Math.floor(k / window)]++;
  const heights = count.map(c => f32(MS * f32(c / (n * window))));
  const within = heights.map((_, k) => goal.slice(k * window, (k + 1) * window));
  const blur = mean(within.map(u => variance(u)));
  const spread = p.subarray(0, bins * window).reduce((sum, u) => sum + u * (1 - u), 0) / bins;
  const error = Math.sqrt(mean(within.map((u, k) => mean(u.map(g => (heights[k] - g) ** 2)))));
  const alone = (MS / window) ** 2 * spread, size = n <= 40 ? 'few' : n <= 160 ? 'some' : 'many';
  const theory = k => Math.sqrt(alone * (1 + (k - 1) * corr) / k + blur);
  const data = {
    few: [[], []],
    some: [[], []],
    many: [[], []],
    psth: [[...heights.keys(), bins].map(k => k * window), [...heights, heights[bins - 1]].map(u => Math.min(u, TOP))],
    goal: [goal.map((_, k) => k), goal],
    independent: [COUNTS, COUNTS.map(k => Math.sqrt(alone / k))],
    theory: [COUNTS, COUNTS.map(theory)],
    error_here: [[n], [clip(error, 0.3, 300)]],
  };
  data[size] = [t, h.map(j => (j + 0.5) / n)];
  let caption = `${n} neuron${n > 1 ? 's' : ''}, ${code} code, ${kind}: mean rate ${fixed(mean(heights), 1)} Hz; `;
  caption += `the PSTH is off rate × stimulus by ${fixed(error, 1)} Hz`;
  if (code === 'rate') {
    caption += `, in theory by ${fixed(theory(n), 1)} Hz`;
    if (kind === 'constant') {
      const counts = heights.map(u => n * window * u / MS), m = mean(counts);
      const fano = counts.length > 1 && m > 0 ? variance(counts, 1) / m : NaN;
      caption += `; Fano factor of the population count ${fixed(fano, 1)}`;
      caption += `, in theory ${fixed((1 - hz / MS) * (1 + (n - 1) * corr), 1)}`;
    }
  }
  return { data, caption: `${caption}.` };
}
