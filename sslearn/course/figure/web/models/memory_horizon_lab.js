// Memory horizon of notebook 04: recall_view of sslearn/course/n04_filters/horizon.py.

import { clip, fixed } from './format.js';
import { generator, randn } from './random.js';

const TRIALS = 1000, DRAWN = 3, STEPS = Array.from({ length: 201 }, (_, k) => k), DELAYS = STEPS.slice(1);
const TAUS = Array.from({ length: 120 }, (_, k) => 2 * 250 ** (k / 119));
const LIMIT = 2.4;                  // what lies beyond is drawn here
let unit = null;                    // noise of sd 1, (201, TRIALS), which is drawn at the first view
const pulse = j => j % 2 ? -1 : 1;  // Even trials get +1, odd ones get -1.

// The error function's complement: its series near 0, and a continued fraction from 2.5 on.
function erfc(z) {
  if (z < 0) return 2 - erfc(-z);
  let sum = 0;
  if (z < 2.5) {
    for (let n = 0, term = z; n < 60; n++) { sum += term; term *= 2 * z * z / (2 * n + 3); }
    return 1 - 2 / Math.sqrt(Math.PI) * Math.exp(-z * z) * sum;
  }
  for (let n = 60; n > 0; n--) sum = n / 2 / (z + sum);
  return Math.exp(-z * z) / Math.sqrt(Math.PI) / (z + sum);
}

function recall(tau, delay, noise) {
  const beta = Math.exp(-1 / tau), sd = noise / Math.sqrt(1 - beta ** 2);
  return noise > 0 ? erfc(-(beta ** delay) / sd / Math.SQRT2) / 2 : 1;
}

// How many of the trials have the sign of their pulse after `delay` steps, by a sum over the lags.
function right(beta, delay, noise, first) {
  const v = Float64Array.from({ length: TRIALS }, (_, j) => beta ** delay * pulse(j));
  for (let t = 0; t <= delay; t++) {
    const weight = beta ** (delay - t) * noise * (t ? 1 : first);
    for (let j = 0, at = t * TRIALS; j < TRIALS; j++) v[j] += weight * unit[at + j];
  }
  return v.reduce((n, u, j) => n + (u * pulse(j) > 0), 0);
}

export function view({ tau, delay, noise }) {
  unit ??= randn(STEPS.length * TRIALS, generator(0), true);
  const beta = Math.exp(-1 / tau), first = 1 / Math.sqrt(1 - beta ** 2);   // as if noise had begun long before
  const measured = right(beta, delay, noise, first) / TRIALS, theory = recall(tau, delay, noise), left = beta ** delay;
  const best = 2 / Math.log1p(1 / delay), shown = noise > 0 ? [Math.min(best, 500)] : [];
  const data = {
    plus: [STEPS, STEPS.map(k => beta ** k)],
    minus: [STEPS, STEPS.map(k => -(beta ** k))],
    asked: [[delay, delay], [-LIMIT, LIMIT]],
    'left over': [DELAYS, DELAYS.map(k => 100 * beta ** k)],
    'by delay': [DELAYS, DELAYS.map(k => 100 * recall(tau, k, noise))],
    'measured point': [[delay], [100 * measured]],
    'by tau': [TAUS, TAUS.map(u => 100 * recall(u, delay, noise))],
    here: [[tau], [100 * theory]],
    best: [shown, shown.map(u => 100 * recall(u, delay, noise))],
  };
  for (let j = 0; j < 2 * DRAWN; j++) {
    let v = 0;
    const run = STEPS.map(k => {
      v = beta * v + noise * unit[k * TRIALS + j] * (k ? 1 : first) + (k ? 0 : pulse(j));
      return clip(v, -LIMIT, LIMIT);
    });
    data[`${j % 2 ? 'minus' : 'plus'} ${j >> 1}`] = [STEPS, run];
  }
  const caption = `τ ${fixed(tau, 0)} ms, asked after ${delay} ms, noise ${fixed(noise, 2)}: ${fixed(100 * left, 1)} % of `
    + `the pulse is left, recall ${fixed(100 * theory, 0)} % by theory, about ${fixed(100 * measured, 0)} % in 1,000 runs`;
  return { data, caption: caption + (noise > 0 ? `; the best τ is ${fixed(best, 0)} ms.` : '.') };
}
