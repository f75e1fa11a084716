// Draws what moves over a still picture, from numbers in its pixels. No scale, tick or formula lives here.

const FONTS = '"DejaVu Sans", Verdana, system-ui, sans-serif';
const BASELINES = { center: 'middle', center_baseline: 'middle', baseline: 'alphabetic', top: 'top', bottom: 'bottom' };

// One buffer of all arrays, in the order of the heads, as a move: {heads, arrays}.
export function unpacked(spec, heads, data) {
  const bytes = new Uint8Array(data.buffer || data, data.byteOffset || 0, data.byteLength);
  let at = 0;
  const take = size => bytes.slice(at, at += size);  // a copy, because float32 numbers must be aligned
  const arrays = spec.looks.map((look, i) => {
    const head = heads[i];
    if (look.kind === 'line') return new Float32Array(take(8 * head.n).buffer);
    return look.kind === 'image' ? new Uint8ClampedArray(take(4 * head.rows * head.cols).buffer) : null;
  });
  return { heads, arrays };
}

function line(ctx, look, xy, n, colour) {
  ctx.beginPath();
  for (let k = 0, pen = false; k < n; k++) {
    const x = xy[k], y = xy[n + k], gap = x !== x || y !== y;
    if (!gap) pen ? ctx.lineTo(x, y) : ctx.moveTo(x, y);
    pen = !gap;
  }
  ctx.setLineDash(look.dash);
  ctx.lineWidth = look.w;
  ctx.lineJoin = 'round';
  ctx.strokeStyle = colour;
  ctx.stroke();
}

function markers(ctx, look, xy, n, edge, face) {
  look.path ||= new Path2D(look.marker);
  ctx.setLineDash([]);
  ctx.lineWidth = look.mew;
  ctx.strokeStyle = edge;
  ctx.fillStyle = face;
  const all = new Path2D(), move = new DOMMatrix();
  for (let k = 0; k < n; k++) {
    move.e = xy[k];
    move.f = xy[n + k];
    if (move.e === move.e && move.f === move.f) all.addPath(look.path, move);
  }
  if (look.filled) ctx.fill(all);
  ctx.stroke(all);
}

function image(ctx, look, head, rgba) {
  if (!head.rows || !head.cols) return;
  const tile = new OffscreenCanvas(head.cols, head.rows);
  tile.getContext('2d').putImageData(new ImageData(rgba, head.cols, head.rows), 0, 0);
  ctx.imageSmoothingEnabled = look.smooth;
  ctx.drawImage(tile, ...head.box);
}

function text(ctx, look, head, colour) {
  ctx.font = `${look.weight} ${look.size}px ${FONTS}`;
  ctx.fillStyle = colour;
  ctx.textAlign = look.ha;
  ctx.textBaseline = BASELINES[look.va];
  ctx.translate(...head.at);
  ctx.rotate(-look.turn * Math.PI / 180);
  head.text.split('\n').forEach((part, k) => ctx.fillText(part, 0, 1.2 * look.size * k));
}

// The move at a fraction t of the way from one to the next: lines of as many points glide, all else waits.
export function between(spec, from, to, t) {
  const arrays = spec.looks.map((look, i) => {
    const a = from.arrays[i], b = to.arrays[i];
    if (look.kind !== 'line' || !look.line || a.length !== b.length) return a;
    return a.map((v, k) => v + t * (b[k] - v));
  });
  return { heads: from.heads.map((head, i) => spec.looks[i].kind === 'line' ? { n: arrays[i].length / 2 } : head), arrays, k: from.k };
}

// ctx is scaled so that its unit is a pixel of the figure. ghost, if given, is one colour for a faint past.
export function paint(ctx, spec, move, ink, ghost) {
  spec.looks.forEach((look, i) => {
    if (ghost && look.kind !== 'line') return;
    const head = move.heads[i], array = move.arrays[i], colour = ghost || look.c || ink;
    ctx.save();
    ctx.globalAlpha = ghost ? 0.3 : look.alpha;
    if (look.clip) {
      ctx.beginPath();
      ctx.rect(...look.clip);
      ctx.clip();
    }
    if (look.kind === 'image') image(ctx, look, head, array);
    else if (look.kind === 'text') text(ctx, look, head, colour);
    else {
      if (look.line && head.n) line(ctx, look, array, head.n, colour);
      if (look.marker && head.n) markers(ctx, look, array, head.n, ghost || look.mec || ink, ghost || look.mc || ink);
    }
    ctx.restore();
  });
}
