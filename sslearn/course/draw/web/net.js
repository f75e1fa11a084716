// A trained network of S4D blocks that reads one number a step, as `sslearn.course.draw.pack` packs it.

const erf = x => {  // Abramowitz and Stegun 7.1.26, which is off by at most 1.5e-7
  const t = 1 / (1 + 0.3275911 * Math.abs(x));
  const p = ((((1.061405429 * t - 1.453152027) * t + 1.421413741) * t - 0.284496736) * t + 0.254829592) * t;
  return x < 0 ? p * Math.exp(-x * x) - 1 : 1 - p * Math.exp(-x * x);
};
const gelu = x => 0.5 * x * (1 + erf(x / Math.SQRT2));
const ACTS = { identity: x => x, gelu, relu: x => Math.max(0, x), tanh: Math.tanh };
const DRAWN = 0.15;  // A real output is drawn if it is at least so large a share of its step's largest.

// The packed file: 4 bytes with the length of the header, the header as JSON, float32 numbers.
export function unpack(buffer) {
  const bytes = new Uint8Array(buffer);
  if (bytes.length < 4) throw new Error('the file of the network is cut off');
  const n = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
  if (bytes.length < 4 + n) throw new Error('the file of the network is cut off');
  let head;
  try { head = JSON.parse(new TextDecoder().decode(bytes.subarray(4, 4 + n))); }
  catch { throw new Error('this is no file of a network'); }
  if (bytes.length !== 4 + n + 4 * head.values) throw new Error('the file of the network is cut off');
  const all = new Float32Array(bytes.slice(4 + n).buffer), arrays = {};
  for (const [name, [at, size]] of Object.entries(head.arrays)) arrays[name] = all.subarray(at, at + size);
  return { ...head, arrays };
}

// W (out, H) as (H, out), so that a channel that is silent is skipped and one that fires reads in order.
function turned(W, H) {
  const out = W.length / H, T = new Float32Array(W.length);
  for (let o = 0; o < out; o++) for (let h = 0; h < H; h++) T[h * out + o] = W[o * H + h];
  return T;
}

const peak = x => { let a = 0; for (let h = 0; h < x.length; h++) a = Math.max(a, Math.abs(x[h])); return a; };
const ter = (z, delta) => (z >= delta ? 1 : 0) - (z <= -delta ? 1 : 0);

function glu({ W, b }, H) {  // (W1 x + b1) * sigmoid(W2 x + b2)
  const T = turned(W, H), m = new Float64Array(2 * H);
  return x => {
    m.set(b);
    for (let h = 0; h < H; h++) if (x[h]) for (let o = 0, k = 2 * H * h; o < 2 * H; o++) m[o] += x[h] * T[k + o];
    for (let o = 0; o < H; o++) x[o] = m[o] / (1 + Math.exp(-m[o + H]));
  };
}

function gsu({ W, W2, b, c }, H, alpha) {  // (Ter(x) W + b) * (x Ter(W) + c)
  const T = turned(W, H), second = W2 || W, p = new Float64Array(H), q = new Float64Array(H);
  const delta = Math.fround(Math.fround(alpha) * peak(second));
  const S = turned(second.map(w => ter(w, delta)), H);
  return x => {
    const cut = alpha * peak(x);
    p.set(b); q.set(c);
    for (let h = 0; h < H; h++) {
      const s = ter(x[h], cut), k = H * h;
      if (s) for (let o = 0; o < H; o++) p[o] += s * T[k + o];
      for (let o = 0; o < H; o++) q[o] += x[h] * S[k + o];
    }
    for (let o = 0; o < H; o++) x[o] = p[o] * q[o];
  };
}

function norm({ g, o }, H, { norm: kind, eps }) {  // layer norm, or a batch norm as a scale and a shift
  if (kind === 'batch') return z => { for (let h = 0; h < H; h++) z[h] = z[h] * g[h] + o[h]; };
  return z => {
    let mean = 0, v = 0;
    for (let h = 0; h < H; h++) mean += z[h] / H;
    for (let h = 0; h < H; h++) v += (z[h] - mean) ** 2 / H;
    const f = 1 / Math.sqrt(v + eps);
    for (let h = 0; h < H; h++) z[h] = (z[h] - mean) * f * g[h] + o[h];
  };
}

function block(spec, arrays, b, H) {
  const part = prefix => Object.fromEntries(Object.entries(arrays)
    .filter(([name]) => name.startsWith(`${b}.${prefix}.`)).map(([name, a]) => [name.split('.').pop(), a]));
  const { Ar, Ai, Wr, Wi, D } = part('ssm'), { half } = spec, y = new Float64Array(H), fired = new Int8Array(H);
  const mix = spec.mix.map((stage, k) => {
    if (stage.kind === 'glu') return glu(part(`mix${k}`), H);
    if (stage.kind === 'gsu') return gsu(part(`mix${k}`), H, stage.alpha);
    const f = stage.kind === 'gain' ? v => stage.gain * v : ACTS[stage.kind];
    return x => { for (let h = 0; h < H; h++) x[h] = f(x[h]); };
  });
  const act = ACTS[spec.act], normed = norm(part('norm'), H, spec), u = new Float64Array(H);
  return {
    fired, size: 2 * H * half,
    step(z, x) {  // z (H): the features, changed in place; x: the states' real parts, then the imaginary ones
      u.set(z);
      if (spec.prenorm) normed(u);
      const im = H * half;
      for (let h = 0; h < H; h++) {  // x' = A_bar x + u, y = Re sum W x' + D u
        let sum = D[h] * u[h];
        for (let j = h * half, end = j + half; j < end; j++) {
          const r = Ar[j] * x[j] - Ai[j] * x[im + j] + u[h], i = Ar[j] * x[im + j] + Ai[j] * x[j];
          x[j] = r; x[im + j] = i;
          sum += Wr[j] * r - Wi[j] * i;
        }
        y[h] = sum;
      }
      if (spec.theta !== null) for (let h = 0; h < H; h++) y[h] = fired[h] = y[h] > spec.theta ? 1 : 0;
      for (let h = 0; h < H; h++) y[h] = act(y[h]);
      if (spec.theta === null) {
        const cut = (spec.alpha ?? DRAWN) * peak(y);
        for (let h = 0; h < H; h++) fired[h] = ter(y[h], cut);
      }
      for (const stage of mix) stage(y);
      for (let h = 0; h < H; h++) z[h] += y[h];
      if (!spec.prenorm) normed(z);
    },
  };
}

// {H, depth, classes, state() -> state, step(u, state, scores, fired)}; a state is one Float64Array.
export function network(packed) {
  const { H, classes, blocks: specs, arrays, pool } = packed, z = new Float64Array(H);
  const blocks = specs.map((spec, b) => block(spec, arrays, b, H)), enc = arrays['encode.W'], bias = arrays['encode.b'];
  const head = arrays['head.W'], headb = arrays['head.b'], size = blocks.reduce((n, b) => n + b.size, 0);
  return {
    name: packed.name, H, depth: blocks.length, classes, side: packed.side,
    state: () => new Float64Array(size + H + 1),  // the states, the sum of the outputs, the count
    step(u, state, scores, fired) {  // reads u, changes state, and fills the scores so far and the spikes
      for (let h = 0; h < H; h++) z[h] = enc[h] * u + bias[h];
      let at = 0;
      blocks.forEach((b, k) => {
        b.step(z, state.subarray(at, at + b.size));
        fired.set(b.fired, k * H);
        at += b.size;
      });
      const total = state.subarray(size, size + H), count = ++state[size + H];
      for (let h = 0; h < H; h++) total[h] += z[h];
      for (let c = 0; c < classes; c++) {
        let s = 0;
        for (let h = 0; h < H; h++) s += head[c * H + h] * (pool === 'last' ? z[h] : total[h] / count);
        scores[c] = s + headb[c];
      }
    },
  };
}
