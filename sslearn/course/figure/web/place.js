// Puts data into pixels of the figure as the library does, for a model that computes in the page.

const STAIRS = {
  'steps-pre': (x, y, j) => [x[j - 1], y[j]],
  'steps-post': (x, y, j) => [x[j], y[j - 1]],
};

// The corners of a stair through n points, as matplotlib sets them.
function corners(steps, x, y) {
  const xs = [], ys = [];
  if (steps === 'steps-mid') {
    for (let j = 0; j < x.length; j++) {
      xs.push(j ? (x[j - 1] + x[j]) / 2 : x[j], j + 1 < x.length ? (x[j] + x[j + 1]) / 2 : x[j]);
      ys.push(y[j], y[j]);
    }
    return [xs, ys];
  }
  const corner = STAIRS[steps === 'steps' ? 'steps-pre' : steps];
  for (let j = 0; j < x.length; j++) {
    if (j) {
      const [cx, cy] = corner(x, y, j);
      xs.push(cx);
      ys.push(cy);
    }
    xs.push(x[j]);
    ys.push(y[j]);
  }
  return [xs, ys];
}

// A value of one axis in pixels, by what the library found: see `scales` in scene.py.
function pixelOf([kind, k, c, T, m], value) {
  let v = Number(value);
  if (kind === 'symlog') v = Math.abs(v) > T ? Math.sign(v) * T * (m + Math.log10(Math.abs(v) / T)) : m * v;
  else if (kind === 'log') v = Math.log10(v);
  return k * v + c;
}

// data: {artist: [xs, ys] in data's units, or a string}, as a move: {heads, arrays}.
export function placed(spec, data) {
  const heads = [], arrays = [];
  for (const look of spec.looks) {
    const value = data[look.name];
    if (value === undefined) throw new Error(`a model must give every artist, missing ${look.name}`);
    if (look.kind === 'text') {
      heads.push({ text: value, at: look.at });
      arrays.push(null);
      continue;
    }
    if (look.kind !== 'line') throw new Error(`a model gives lines and texts, and ${look.name} is an ${look.kind}`);
    const [xs, ys] = look.steps === 'default' ? value : corners(look.steps, ...value), n = xs.length;
    const xy = new Float32Array(2 * n);
    [[xs, look.to.x], [ys, look.to.y]].forEach(([axis, to], part) => {
      for (let j = 0; j < n; j++) {
        const pixel = pixelOf(to, axis[j]);
        xy[part * n + j] = Number.isFinite(pixel) ? pixel : NaN;
      }
    });
    heads.push({ n });
    arrays.push(xy);
  }
  return { heads, arrays };
}
