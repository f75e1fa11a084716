// Strokes to pixels, as `sslearn.course.draw.strokes` does it, so that a test holds the two equal.
// A drawing is a list of strokes, and a stroke a list of [x, y] in 0 ... 1, x to the right and y down.

const FINE = 4;       // samples along each side of a pixel

// How a set of digits has its ink, by the side of its pictures: the side of the ink's box, what stands in
// the middle, and the width of the pen in sides of the pad.
export const FORMS = {
  28: { box: 20, centre: 'mass', pen: 0.078 },  // MNIST
  14: { pen: 0.078 },                           // the mean of each 2 x 2 of its pixels
  8: { box: 8, centre: 'box', pen: 0.12 },      // scikit-learn's digits
};

// Shift and scale that bring the ink's box, pen included, to `box` pixels; null where nothing is drawn.
function boxed(strokes, box, pen) {
  const points = strokes.flat();
  if (!points.length) return null;
  const ends = k => {
    const all = points.map(p => p[k]);
    return [Math.min(...all) - pen / 2, Math.max(...all) + pen / 2];
  };
  const [x0, x1] = ends(0), [y0, y1] = ends(1), scale = box / Math.max(x1 - x0, y1 - y0);
  return { x0, y0, scale, w: (x1 - x0) * scale, h: (y1 - y0) * scale };
}

// The picture (side x side, 0 to 1) that a network reads of the strokes.
export function pixels(strokes, side = 28) {
  if (side === 14) {
    const u = pixels(strokes, 28);
    return Float64Array.from({ length: 196 }, (_, k) => {
      const at = 56 * Math.floor(k / 14) + 2 * (k % 14);
      return (u[at] + u[at + 1] + u[at + 28] + u[at + 29]) / 4;
    });
  }
  const { box, centre, pen } = FORMS[side], f = boxed(strokes, box, pen), out = new Float64Array(side * side);
  if (!f) return out;
  const n = box * FINE, ink = new Uint8Array(n * n), r = pen / 2 * f.scale * FINE;
  const to = ([x, y]) => [(x - f.x0) * f.scale * FINE, (y - f.y0) * f.scale * FINE];
  for (const stroke of strokes) for (let k = 0; k < Math.max(1, stroke.length - 1); k++) {
    const [ax, ay] = to(stroke[k]), [bx, by] = to(stroke[Math.min(k + 1, stroke.length - 1)]);
    const dx = bx - ax, dy = by - ay, d2 = dx * dx + dy * dy;
    const from = v => Math.max(0, Math.floor(v - r - 1)), till = v => Math.min(n - 1, Math.ceil(v + r));
    for (let y = from(Math.min(ay, by)); y <= till(Math.max(ay, by)); y++)
      for (let x = from(Math.min(ax, bx)); x <= till(Math.max(ax, bx)); x++) {
        const px = x + 0.5 - ax, py = y + 0.5 - ay;
        const t = d2 ? Math.min(1, Math.max(0, (px * dx + py * dy) / d2)) : 0;
        if ((px - t * dx) ** 2 + (py - t * dy) ** 2 <= r * r) ink[y * n + x] = 1;
      }
  }
  const small = new Float64Array(box * box);
  let mass = 0, mx = 0, my = 0;
  for (let y = 0; y < box; y++) for (let x = 0; x < box; x++) {
    let v = 0;
    for (let a = 0; a < FINE; a++) for (let b = 0; b < FINE; b++) v += ink[(y * FINE + a) * n + x * FINE + b];
    v /= FINE * FINE;
    small[y * box + x] = v; mass += v; mx += v * x; my += v * y;
  }
  const middle = (side - 1) / 2, [cx, cy] = centre === 'mass' && mass
    ? [mx / mass, my / mass] : [(f.w - 1) / 2, (f.h - 1) / 2];
  const sx = Math.floor(middle - cx + 0.5), sy = Math.floor(middle - cy + 0.5);
  for (let y = 0; y < box; y++) for (let x = 0; x < box; x++) {
    const X = x + sx, Y = y + sy;
    if (X >= 0 && Y >= 0 && X < side && Y < side) out[Y * side + X] = small[y * box + x];
  }
  return out;
}
