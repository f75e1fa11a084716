// Pole map of notebook 06: pole_map_view of sslearn/course/n06_steps/pole_plane.py.

import { exp, expm1, over, plus, power, scaled, size, times } from './complex.js';
import { clip, even, fixed, general, scientific } from './format.js';

const SPAN = 4, FLOOR = 1e-10, FRAME = 0.97 * 1.4, ONE = [1, 0];
const METHODS = ['euler', 'backward_euler', 'bilinear', 'zoh', 'dirac'];
const HALVINGS = Array.from({ length: 11 }, (_, k) => 2 ** -k);
const TIME = Array.from({ length: 241 }, (_, k) => SPAN * k / 240);
const ANGLE = Array.from({ length: 181 }, (_, k) => Math.PI * (k - 90) / 90);
const axes = points => [points.map(z => z[0]), points.map(z => z[1])];
const less = z => plus(ONE, scaled(z, -1));   // 1 - z

// A_bar and B_bar of x' = pole x - pole u for a step dt.
function discrete(pole, dt, method) {
  const A = scaled(pole, dt), B = scaled(A, -1);
  if (method === 'euler') return [plus(ONE, A), B];
  if (method === 'backward_euler') return [over(ONE, less(A)), over(B, less(A))];
  if (method === 'bilinear') return [over(plus(ONE, scaled(A, 0.5)), less(scaled(A, 0.5))), over(B, less(scaled(A, 0.5)))];
  return [exp(A), method === 'dirac' ? B : scaled(expm1(A), -1)];
}

const still = ([a, b]) => a === 1 && b === 0;

function stepError(pole, dt, method) {
  const k = even(1 / dt), [A, B] = discrete(pole, dt, method);
  const sum = still(A) ? [k, 0] : over(less(power(A, k)), less(A));   // 1 + A + ... + A^(k-1)
  return size(plus(times(B, sum), expm1(scaled(pole, k * dt))));
}

function order(pole, method) {
  const error = HALVINGS.map(dt => stepError(pole, dt, method));
  const last = error.findLastIndex((e, k) => k > 0 && e > 1e-9);
  return last < 0 ? NaN : Math.log2(error[last - 1] / error[last]);
}

// The points of the s-plane with |A_bar| = 1 that lie in the picture.
function boundary(dt, method) {
  if (!method.endsWith('euler')) return [[0, 0], [-13, 13]];
  const k = (method === 'euler' ? 1 : -1) / dt;
  const edge = ANGLE.map(a => [k * (Math.cos(a) - 1), k * Math.sin(a)]);
  return axes(edge.filter(([x, y]) => x >= -12 && x <= 4 && Math.abs(y) <= 13));
}

const framed = points => axes(points.map(([x, y]) => {
  const far = Math.max(Math.abs(x), Math.abs(y), FRAME) / FRAME;
  return [x / far, y / far];
}));

const written = ([a, b]) => `${fixed(a, 2)} ${b < 0 ? '-' : '+'} ${fixed(Math.abs(b), 2)}i`;

export function view({ re, im, log_dt, method }) {
  const pole = [re, im], dt = 10 ** log_dt, [A, B] = discrete(pole, dt, method);
  const trail = Array.from({ length: 100 }, (_, k) => discrete(pole, dt * (k + 1) / 100, method)[0]);
  const every = Math.max(1, Math.ceil(SPAN / dt / 150)), shown = Math.ceil((SPAN / dt + 1e-9) / every);
  const at = Array.from({ length: shown }, (_, k) => k * every), x = [0];
  for (let k = 0, state = [0, 0]; k < at[shown - 1]; k++) {
    state = plus(times(A, state), B);
    x.push(state[0]);
  }
  const error = stepError(pole, dt, method), exact = exp(scaled(pole, dt));
  const data = {
    pole: [[re, re], [im, -im]],
    edge: boundary(dt, method),
    trail: framed([ONE, ...trail]),
    z: framed([A, [A[0], -A[1]]]),
    z_exact: framed([exact, [exact[0], -exact[1]]]),
    off: [[size(A) - 1], [0]],
    'off exact': [[Math.exp(re * dt) - 1], [0]],
    x_exact: [TIME, TIME.map(t => 1 - exp(scaled(pole, t))[0])],
    x: [at.map(k => k * dt), at.map(k => clip(x[k], -1.4, 3.4))],
    now: [[log_dt], [Math.log10(Math.max(error, FLOOR))]],
  };
  for (const name of METHODS) {
    const errors = HALVINGS.map(h => Math.log10(clip(stepError(pole, h, name), FLOOR, 1e4)));
    data[name] = [HALVINGS.map(h => Math.log10(h)), errors];
  }
  const radius = size(A), slope = order(pole, method);
  const where = Math.abs(radius - 1) <= 1e-9 ? 'on' : radius > 1 ? 'outside' : 'inside';
  const limit = re || im ? 2 * Math.max(0, -re) / size(pole) ** 2 : Infinity;
  const wrong = error > 1e-3 ? `is ${general(error, 2)}` : error > 1e-9 ? `is ${scientific(error, 0)}` : 'is below 1e-9';
  const caption = `${method}, λ = ${written(pole)}, Δ = ${fixed(dt, 3)}: Ā = ${written(A)}, |Ā| = `
    + `${fixed(radius, 3)}, ${where} the unit circle (e^(λΔ): ${fixed(Math.exp(re * dt), 3)}); error near `
    + `t = 1 ${wrong}, ${Number.isNaN(slope) ? 'exact here' : `slope ${fixed(slope, 1)}`}; `
    + `${limit ? `Euler needs Δ < ${fixed(limit, 4)}` : 'Euler diverges at any Δ'}.`;
  return { data, caption };
}
