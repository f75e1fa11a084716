// Init showdown of notebook 08: init_view of sslearn/course/n08_poles/showdown.py.

import { exp, expm1, over, scaled, times } from './complex.js';
import { f32, fixed, general } from './format.js';
import { generator, rand, randn } from './random.js';

const CHANNELS = 16, LAGS = 512, LOWEST = -48;
const TIMES = Array.from({ length: 241 }, (_, k) => k / 40);
const CYCLES = Array.from({ length: 240 }, (_, k) => 1e-4 * 5000 ** (k / 239));
const AXES = {
  basis: ['Re e^(λt) of the four lowest poles', 'time t = lag × Δ', ['0', '1.5', '3', '4.5', '6'], ['−1', '−½', '0', '½', '1']],
  kernel: ['kernel of channel {}, over its largest value', 'lag (steps); dotted: 2/Δ',
    ['0', '128', '256', '384', '512'], ['', '{right}', '', '{left}', '']],
  response: ['response of channel {} (dB)', 'frequency (cycles a step)',
    ['10⁻⁴', '10⁻³', '10⁻²', '10⁻¹', '1'], ['−48', '−36', '−24', '−12', '0']],
  memory: ['memory horizon of every channel (steps)', 'channel', ['0', '4', '8', '12', '16'], ['1', '', '10³', '', '10⁶']],
};

// The imaginary parts y of LegS: its skew matrix R_n R_k / 2 has the eigenvalue iy where the product of
// (iy - q) / (iy + q), q = n + 1/2, is -1, and so where the sum of atan(y / q) is an odd number of right angles.
function legs(N) {
  const found = [], q = Array.from({ length: N }, (_, n) => n + 0.5);
  for (let y = 0, off = 0, goal = Math.PI / 2; found.length < N / 2; goal += Math.PI) {
    do {   // Newton's steps come from below, because the sum is concave.
      off = q.reduce((sum, a) => sum - Math.atan(y / a), goal);
      y += off / q.reduce((sum, a) => sum + a / (a * a + y * y), 0);
    } while (Math.abs(off) > 1e-13 * N);
    found.push(y);
  }
  return found;
}

// The poles (N/2,) from slow to fast.
const INITS = {
  Lin: N => Array.from({ length: N / 2 }, (_, n) => [-0.5, Math.PI * n]),
  Inv: N => Array.from({ length: N / 2 }, (_, n) => [-0.5, N / Math.PI * (N / (2 * n + 1) - 1)]).reverse(),
  LegS: N => legs(N).map(y => [-0.5, y]),
  Real: N => Array.from({ length: N / 2 }, (_, n) => [-(n + 1), 0]),
  random: N => Array.from(rand(N / 2, generator(7), true).sort(), r => [-0.5, Math.PI * N / 2 * r]),
};
const known = {};
const poles = (name, N) => known[`${name} ${N}`] ??= INITS[name](N);
let readout = null;   // C ~ CN(0, 1), (64,)

// W = C B_bar for the poles A and the step dt.
function weights(A, dt) {
  readout ??= randn(128, generator(0), true);
  return A.map((a, n) => {
    const C = scaled([readout[2 * n], readout[2 * n + 1]], Math.SQRT1_2), B = over(expm1(scaled(a, dt)), a);
    return times(C, B);
  });
}

function kernel(A, dt) {   // The exponents and weights are float32, as there.
  const K = new Float64Array(LAGS);
  weights(A, dt).forEach((w, n) => {
    const [c, s] = exp(scaled(A[n], dt).map(f32));
    for (let l = 0, [x, y] = w.map(f32); l < LAGS; l++) {
      K[l] += x;
      const turned = x * c - y * s;
      y = x * s + y * c;
      x = turned;
    }
  });
  const top = K.reduce((most, k) => Math.max(most, Math.abs(k)), 0);
  return Array.from(K, k => k / top);
}

// |sum of w / (1 - a z) and of its conjugate pair| in dB, z = e^(-2 pi i f): pairs make real polynomials in z.
function response(A, dt) {
  const rows = weights(A, dt).map((w, n) => {
    const a = exp(scaled(A[n], dt));
    return [w[0], w[0] * a[0] + w[1] * a[1], 2 * a[0], a[0] ** 2 + a[1] ** 2];
  });
  const gain = CYCLES.map(f => {
    const c = Math.cos(2 * Math.PI * f), s = -Math.sin(2 * Math.PI * f), c2 = c * c - s * s, s2 = 2 * c * s;
    let re = 0, im = 0;
    for (const [w, v, p, q] of rows) {
      const x = w - v * c, y = -v * s, u = 1 - p * c + q * c2, t = q * s2 - p * s, square = u * u + t * t;
      re += (x * u + y * t) / square;
      im += (y * u - x * t) / square;
    }
    return Math.hypot(re, im);
  });
  const top = Math.max(...gain);
  return gain.map(g => 20 * Math.log10(Math.max(g / top, 1e-9)));
}

// The right panel's curves and points of one side, in shares of its width and height.
function curves(show, side, A, dt, channel, horizons) {
  const lines = Array.from({ length: 4 }, () => [[], []]);
  let points = [[], []];
  if (show === 'basis') {
    for (let n = 0; n < 4; n++) lines[n] = [TIMES.map(t => t / 6), TIMES.map(t => (1 + exp(scaled(A[n], t))[0]) / 2)];
  } else if (show === 'kernel') {
    const K = kernel(A, dt[channel]);
    lines[0] = [K.map((_, l) => l / LAGS), K.map(k => (side === 'left' ? 0.75 : 0.25) + 0.23 * k)];
  } else if (show === 'response') {
    const gain = response(A, dt[channel]);
    lines[0] = [CYCLES.map(f => 1 + Math.log10(f) / 4), gain.map(g => 1 - Math.max(g, LOWEST) / LOWEST)];
  } else points = [dt.map((_, h) => h / 16), horizons.map(h => Math.log10(h) / 6)];
  return { ...Object.fromEntries(lines.map((xy, n) => [`${side} ${n}`, xy])), [`${side} points`]: points };
}

export function view({ left, right, N, log_dt_min, log_dt_max, channel, show }) {
  const dt = Array.from({ length: CHANNELS }, (_, h) => 10 ** (log_dt_min + (log_dt_max - log_dt_min) * h / (CHANNELS - 1)));
  const step = dt[channel], [title, across, xs, ys] = AXES[show], names = { left, right };
  const at = show === 'memory' ? channel / 16 : show === 'kernel' ? 2 / step / LAGS : 1;
  const data = {
    title: `${title.replace('{}', channel)}:  — ${left},  -- ${right}`,
    poles: `${N / 2} poles:  × ${left},  ○ ${right}`,
    x: across,
    limit: [[0, 1], [Math.PI / step, Math.PI / step]],
    now: at < 1 ? [[at, at], [0, 1]] : [[], []],
  };
  xs.forEach((text, k) => { data[`x${k}`] = text; });
  ys.forEach((text, k) => { data[`y${k}`] = text.replace('{left}', left).replace('{right}', right); });
  const sentences = Object.entries(names).map(([side, name]) => {
    const A = poles(name, N), place = A.map((_, n) => (n + 0.5) / (N / 2));
    const slowest = Math.max(...A.map(a => a[0])), horizons = dt.map(d => Math.log(0.05) / (d * slowest));
    data[`${side} Im`] = [place, A.map(a => a[1])];
    data[`${side} Re`] = [place, A.map(a => a[0])];
    Object.assign(data, curves(show, side, A, dt, channel, horizons));
    const top = Math.max(...A.map(a => a[1])), beyond = A.filter(a => a[1] * step > Math.PI * (1 + 1e-9)).length;
    return `${name}: top Im λ ${fixed(top, 0)}, ${beyond} of ${N / 2} poles beyond π/Δ, `
      + `remembers ${fixed(horizons[channel], 0)} steps`;
  });
  return { data, caption: `N = ${N}, channel ${channel} with Δ = ${general(step, 2)}. ${sentences.join('. ')}.` };
}
