// Complex numbers [re, im].

export const plus = ([a, b], [c, d]) => [a + c, b + d];
export const times = ([a, b], [c, d]) => [a * c - b * d, a * d + b * c];
export const scaled = ([a, b], k) => [k * a, k * b];
export const size = ([a, b]) => Math.hypot(a, b);

export function over(z, [c, d]) {
  const square = c * c + d * d;
  return scaled(times(z, [c, -d]), 1 / square);
}

export const exp = ([a, b]) => [Math.exp(a) * Math.cos(b), Math.exp(a) * Math.sin(b)];

// e^z - 1, exact for small z too.
export const expm1 = ([a, b]) => [
  Math.expm1(a) * Math.cos(b) - 2 * Math.sin(b / 2) ** 2, Math.exp(a) * Math.sin(b),
];

// z^n for whole n >= 0, by squares.
export function power(z, n) {
  let out = [1, 0];
  for (; n; n = Math.floor(n / 2), z = times(z, z)) if (n % 2) out = times(out, z);
  return out;
}
