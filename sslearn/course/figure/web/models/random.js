// PyTorch's random numbers on the processor: the Mersenne Twister MT19937, and what torch makes of it.

const N = 624, M = 397;

// torch.Generator().manual_seed(seed): each call returns the next whole number below 2^32.
export function generator(seed) {
  const s = new Uint32Array(N);
  s[0] = seed;
  for (let k = 1; k < N; k++) s[k] = Math.imul(1812433253, s[k - 1] ^ (s[k - 1] >>> 30)) + k;
  let at = N;
  return () => {
    if (at === N) {
      for (let k = 0; k < N; k++) {
        const y = (s[k] & 0x80000000) | (s[k + 1 < N ? k + 1 : 0] & 0x7fffffff);
        s[k] = s[k + M < N ? k + M : k + M - N] ^ (y >>> 1) ^ (y & 1 ? 0x9908b0df : 0);
      }
      at = 0;
    }
    let y = s[at++];
    y ^= y >>> 11;
    y ^= (y << 7) & 0x9d2c5680;
    y ^= (y << 15) & 0xefc60000;
    return (y ^ (y >>> 18)) >>> 0;
  };
}

const single = next => (next() & 0xffffff) / 2 ** 24;
const double = next => ((next() & 0x1fffff) * 2 ** 32 + next()) / 2 ** 53;

const filled = (out, draw) => { for (let k = 0; k < out.length; k++) out[k] = draw(); return out; };
const zeros = (n, wide) => wide ? new Float64Array(n) : new Float32Array(n);

// torch.rand(n), of dtype float64 if `wide`, and torch.randint(0, high, (n,)).
export const rand = (n, next, wide = false) => filled(zeros(n, wide), () => (wide ? double : single)(next));
export const randint = (high, n, next) => filled(Array(n).fill(0), () => next() % high);

// torch.randn(n) by Box and Muller's method; below 16 the generator keeps a spare, else there are eight pairs at once.
export function randn(n, next, wide = false) {
  const out = zeros(n, wide), draw = wide ? double : single, round = wide ? x => x : Math.fround;
  if (n < 16) {
    return filled(out, () => {
      const spare = next.spare;
      next.spare = null;
      if (spare != null) return spare;
      const angle = 2 * Math.PI * double(next), radius = Math.sqrt(-2 * Math.log1p(-double(next)));
      next.spare = radius * Math.sin(angle);
      return radius * Math.cos(angle);
    });
  }
  const pairs = from => {
    for (let k = from; k < from + 8; k++) {
      const radius = round(Math.sqrt(-2 * round(Math.log(1 - out[k]))));
      const angle = round(round(2 * Math.PI) * out[k + 8]);
      out[k] = radius * Math.cos(angle);
      out[k + 8] = radius * Math.sin(angle);
    }
  };
  filled(out, () => draw(next));
  for (let k = 0; k + 16 <= n; k += 16) pairs(k);
  if (n % 16) {   // The last 16 are drawn again.
    filled(out.subarray(n - 16), () => draw(next));
    pairs(n - 16);
  }
  return out;
}
