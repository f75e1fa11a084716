// Numbers as Python rounds and writes them: a tie goes to the even digit, where JavaScript's goes up.

export const f32 = Math.fround;
export const clip = (x, low, high) => Math.min(Math.max(x, low), high);
export const even = x => { const r = Math.round(x); return r - x === 0.5 && r % 2 ? r - 1 : r; };

const named = x => x !== x ? 'nan' : x < 0 ? '-inf' : 'inf';
const signed = (x, text) => (x < 0 || Object.is(x, -0) ? '-' : '') + text;
const DEEP = 25;   // digits more, after which a tie of doubles shows as 5000...

// Whether what was cut off `long` is a tie that leaves an even digit.
function stays(long, cut) {
  return /^50*$/.test(long.slice(cut)) && Number(long.slice(0, cut).replace('.', '').slice(-1)) % 2 === 0;
}

// f"{x:.3f}" is fixed(x, 3).
export function fixed(x, digits) {
  if (!Number.isFinite(x)) return named(x);
  const a = Math.abs(x), long = a.toFixed(digits + DEEP), cut = long.length - DEEP;
  return signed(x, stays(long, cut) ? long.slice(0, cut).replace(/\.$/, '') : a.toFixed(digits));
}

// f"{x:.1e}" is scientific(x, 1).
export function scientific(x, digits) {
  if (!Number.isFinite(x)) return named(x);
  const a = Math.abs(x), [long, power] = a.toExponential(digits + DEEP).split('e'), cut = long.length - DEEP;
  const down = stays(long, cut) && `${long.slice(0, cut).replace(/\.$/, '')}e${power}`;
  const [digit, n] = (down || a.toExponential(digits)).split('e');
  return signed(x, `${digit}e${n[0]}${n.slice(1).padStart(2, '0')}`);
}

// f"{x:.3g}" is general(x, 3).
export function general(x, digits) {
  const text = scientific(x, digits - 1), power = Number(text.split('e')[1]);
  const bare = part => part.includes('.') ? part.replace(/\.?0+$/, '') : part;
  if (!Number.isFinite(x)) return text;
  if (power >= -4 && power < digits) return bare(fixed(x, digits - 1 - power));
  return text.replace(/^[^e]*/, bare);
}
