// A trained network that reads d numbers a step, as `sslearn.deploy.page_network` describes it.

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

// The arrays of `sslearn.deploy.page_numbers`: a byte e + 127 for each row, then three for each number, q 2^(e - 23).
export function unlettered(shapes, base64) {
  const bytes = Uint8Array.from(atob(base64), c => c.charCodeAt(0)), arrays = {};
  let at = 0;
  for (const [name, [rows, columns]] of Object.entries(shapes)) {
    const values = arrays[name] = new Float64Array(rows * columns), first = at;
    at += rows;
    for (let k = 0; k < values.length; k++, at += 3) {
      const q = (bytes[at] << 8 | bytes[at + 1] << 16 | bytes[at + 2] << 24) >> 8;
      values[k] = q * 2 ** (bytes[first + Math.floor(k / columns)] - 127 - 23);
    }
  }
  if (at !== bytes.length) throw new Error('the network of this page is cut off');
  return arrays;
}

// W (out, H) as (H, out), so that a channel that is silent is skipped and one that fires reads in order.
function turned(W, H) {
  const out = W.length / H, T = new Float64Array(W.length);
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

function gsu({ W, W2, b, c }, H, { alpha, delta }) {  // (Ter(x) W + b) * (x Ter(W) + c)
  const T = turned(W, H), S = turned((W2 || W).map(w => ter(w, delta)), H);
  const p = new Float64Array(H), q = new Float64Array(H);
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

// A layer of LIF neurons: v' = beta v + i - s, s' = [v' > 1], i the encoded input or W s + b of the layer below. With the
// reset to zero v' = beta (1 - s) v + i.
function lif(spec, arrays, b, H) {
  const beta = arrays[`${b}.beta`], { reset } = spec, fired = new Int8Array(H), i = new Float64Array(H);
  const W = b ? turned(arrays[`${b}.W`], H) : null, bias = arrays[`${b}.b`];
  return {
    fired, signed: false, size: 2 * H,
    step(z, x) {  // x: the membranes, then the spikes of the step before
      if (W) {
        i.set(bias);
        for (let h = 0; h < H; h++) if (z[h]) for (let o = 0; o < H; o++) i[o] += W[h * H + o];
      } else i.set(z);
      for (let h = 0; h < H; h++) {
        const s = x[H + h];
        x[h] = reset === 'zero' ? beta[h] * (1 - s) * x[h] + i[h] : beta[h] * x[h] + i[h] - s;
        z[h] = x[H + h] = fired[h] = x[h] > 1 ? 1 : 0;
      }
    },
  };
}

function ssm(spec, arrays, b, H) {  // a residual block around a state space layer
  const part = prefix => Object.fromEntries(Object.entries(arrays)
    .filter(([name]) => name.startsWith(`${b}.${prefix}.`)).map(([name, a]) => [name.split('.').pop(), a]));
  const { Ar, Ai, Wr, Wi, D } = part('ssm'), { half } = spec, y = new Float64Array(H), fired = new Int8Array(H);
  const mix = spec.mix.map((stage, k) => {
    if (stage.kind === 'glu') return glu(part(`mix${k}`), H);
    if (stage.kind === 'gsu') return gsu(part(`mix${k}`), H, stage);
    const f = stage.kind === 'gain' ? v => stage.gain * v : ACTS[stage.kind];
    return x => { for (let h = 0; h < H; h++) x[h] = f(x[h]); };
  });
  const act = ACTS[spec.act], normed = norm(part('norm'), H, spec), u = new Float64Array(H);
  return {
    fired, signed: spec.theta === null, size: 2 * H * half,
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

const KINDS = { ssm, lif };

// {H, depth, classes, names, signed, state() -> state, step(u, at, state, scores, fired)}; a state is one Float64Array.
export function network(packed) {
  const { H, d, classes, blocks: specs, arrays, pool } = packed, z = new Float64Array(H);
  const blocks = specs.map((spec, b) => KINDS[spec.kind](spec, arrays, b, H)), enc = arrays['encode.W'], bias = arrays['encode.b'];
  const head = arrays['head.W'], headb = arrays['head.b'], size = blocks.reduce((n, b) => n + b.size, 0);
  const names = packed.names || Array.from({ length: classes }, (_, c) => String(c));
  return {
    name: packed.name, H, d, depth: blocks.length, classes, names, side: packed.side, order: packed.order,
    signed: blocks.map(b => b.signed),  // whether a layer shows -1 as well as 1
    digits: classes === 10 && names.every((name, c) => name === String(c)),
    state: () => new Float64Array(size + H + 1),  // the states, the sum of the outputs, the count
    step(u, at, state, scores, fired) {  // reads d numbers of u from at on, changes state, fills the scores so far and the spikes
      for (let h = 0; h < H; h++) {
        let sum = bias[h];
        for (let j = 0; j < d; j++) sum += enc[h * d + j] * u[at + j];
        z[h] = sum;
      }
      let from = 0;
      blocks.forEach((b, k) => {
        b.step(z, state.subarray(from, from + b.size));
        fired.set(b.fired, k * H);
        from += b.size;
      });
      const total = state.subarray(size, size + H), count = ++state[size + H];
      for (let h = 0; h < H; h++) total[h] += z[h];
      for (let c = 0; c < classes; c++) {
        let s = 0;
        for (let h = 0; h < H; h++) s += head[c * H + h] * (pool === 'mean' ? total[h] / count : z[h]);
        scores[c] = s + headb[c];
      }
    },
  };
}
