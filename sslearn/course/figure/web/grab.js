// What can be dragged in a picture: a line or a point that is grabbed becomes the value of its control.

const NEAR = 14;   // pixels on screen within which something is grabbed
const CURSORS = { x: 'ew-resize', y: 'ns-resize', xy: 'move' };

// The value on an axis that stands at that pixel; `to` is what the library found, see scales in scene.py.
export function valueAt([kind, k, c, T, m], pixel) {
  const v = (pixel - c) / k, far = Math.abs(v) / T - m;
  if (kind === 'symlog') return far > 0 ? Math.sign(v) * T * 10 ** far : v / m;
  return kind === 'log' ? 10 ** v : v;
}

// The distance of a point from a line of n points, or from its points alone.
function distance(xy, n, joined, x, y) {
  let best = Infinity;
  for (let k = 0; k < n; k++) {
    let [px, py] = [xy[k], xy[n + k]];
    if (joined && k + 1 < n) {
      const [dx, dy] = [xy[k + 1] - px, xy[n + k + 1] - py], long = dx * dx + dy * dy;
      const t = long ? Math.max(0, Math.min(1, ((x - px) * dx + (y - py) * dy) / long)) : 0;
      [px, py] = [px + t * dx, py + t * dy];
    }
    const d = Math.hypot(x - px, y - py);
    if (d < best) best = d;   // NaN, a gap, is no distance
  }
  return best;
}

// drags: {artist: {x or y: [control, times, mirrored]}}: the control's value is times the data's there.
// now() gives the move that is shown; dragged(control, value) hears where it goes. Returns what undoes it.
export function grab(canvas, spec, drags, now, dragged) {
  const free = [];
  if (!Object.keys(drags).length) return () => {};
  const on = (name, action, how) => {
    canvas.addEventListener(name, action, how);
    free.push(() => canvas.removeEventListener(name, action, how));
  };
  const place = event => {
    const box = canvas.getBoundingClientRect(), scale = spec.W / box.width;
    return { x: (event.clientX - box.left) * scale, y: (event.clientY - box.top) * scale, near: NEAR * scale };
  };
  const under = event => {
    const { x, y, near } = place(event), move = now();
    let best = null, least = near;
    spec.looks.forEach((look, i) => {
      if (!drags[look.name] || !move) return;
      const clip = look.clip;
      if (clip && (x < clip[0] - near || x > clip[0] + clip[2] + near || y < clip[1] - near || y > clip[1] + clip[3] + near)) return;
      const d = distance(move.arrays[i], move.heads[i].n, look.line, x, y);
      if (d <= least) [best, least] = [look, d];
    });
    return best;
  };
  let held = null;
  const follow = event => {
    const at = place(event);
    for (const [axis, [control, times, mirrored]] of Object.entries(drags[held.name])) {
      const value = times * valueAt(held.to[axis], at[axis]);
      dragged(control, mirrored ? Math.abs(value) : value);
    }
  };
  on('pointerdown', event => {
    held = under(event);
    if (!held) return;
    event.preventDefault();
    canvas.setPointerCapture(event.pointerId);
    follow(event);
  });
  on('pointermove', event => {
    if (held) return follow(event);
    const look = under(event);
    canvas.style.cursor = look ? CURSORS[Object.keys(drags[look.name]).sort().join('')] : '';
  });
  for (const end of ['pointerup', 'pointercancel']) on(end, () => { held = null; });
  on('touchstart', event => { if (under(event.touches[0])) event.preventDefault(); }, { passive: false });
  return () => free.forEach(undo => undo());
}
