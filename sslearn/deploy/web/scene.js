// What the canvases show. Every function is given all that it draws, and computes nothing else.

export const LEFT = 72, RIGHT = 22;  // beside the steps of the two wide canvases
const FONT = '12px system-ui, sans-serif';

// The canvas at the screen's own pixels: its context in CSS pixels, its width and its height.
function fit(canvas) {
  const { width: w, height: h } = canvas.getBoundingClientRect(), ratio = window.devicePixelRatio || 1;
  const W = Math.max(1, Math.round(w * ratio)), H = Math.max(1, Math.round(h * ratio));
  if (canvas.width !== W || canvas.height !== H) Object.assign(canvas, { width: W, height: H });
  const g = canvas.getContext('2d');
  g.setTransform(ratio, 0, 0, ratio, 0, 0);
  g.clearRect(0, 0, w, h);
  g.font = FONT;
  return { g, w, h };
}

// Colours for the text colour that the page has: light text stands on a dark ground.
export function colours(element) {
  const ink = getComputedStyle(element).color, [r, g, b] = ink.match(/[\d.]+/g).map(Number);
  const dark = 0.3 * r + 0.6 * g + 0.1 * b > 128;
  return dark
    ? { ink, ground: '#111', plus: '#56B4E9', minus: '#E69F00', grey: '#8c8c8c' }
    : { ink, ground: '#fff', plus: '#0072B2', minus: '#D55E00', grey: '#7a7a7a' };
}

export function pad(canvas, strokes, pen, cursor, hint) {
  const { g, w } = fit(canvas);
  g.fillStyle = '#111'; g.fillRect(0, 0, w, w);
  g.strokeStyle = '#fff'; g.lineWidth = pen * w; g.lineCap = g.lineJoin = 'round';
  for (const stroke of strokes) {
    g.beginPath();
    stroke.forEach(([x, y], k) => (k ? g.lineTo(x * w, y * w) : g.moveTo(x * w, y * w)));
    if (stroke.length === 1) g.lineTo(stroke[0][0] * w + 0.01, stroke[0][1] * w);
    g.stroke();
  }
  if (hint) {
    g.fillStyle = '#bbb'; g.textAlign = 'center';
    hint.forEach((line, k) => g.fillText(line, w / 2, w / 2 + 18 * (k - (hint.length - 1) / 2)));
  }
  if (cursor) {
    g.beginPath(); g.arc(cursor.x * w, cursor.y * w, pen * w / 2 + 3, 0, 7);
    g.strokeStyle = '#E69F00'; g.lineWidth = cursor.down ? 4 : 2; g.stroke();
  }
}

// The picture as the network reads it: what it has read is bright, the pixel that it reads is framed.
// order says which pixel a step reads; without it the pixels come row by row.
export function seen(canvas, u, side, t, order) {
  const { g, w } = fit(canvas), cell = w / side, ratio = window.devicePixelRatio || 1;
  const edge = k => Math.round(k * cell * ratio) / ratio;  // on the screen's pixels, so that no seam shows
  const place = k => { const at = order ? order[k] : k, x = at % side; return [x, (at - x) / side]; };
  g.fillStyle = '#111'; g.fillRect(0, 0, w, w);
  for (let k = 0; k < u.length; k++) if (u[k]) {
    const [x, y] = place(k);
    g.globalAlpha = u[k] * (k < t ? 1 : 0.3);
    g.fillStyle = '#fff'; g.fillRect(edge(x), edge(y), edge(x + 1) - edge(x), edge(y + 1) - edge(y));
  }
  g.globalAlpha = 1;
  if (t > 0 && t < u.length) {
    const [x, y] = place(t - 1);
    g.strokeStyle = '#E69F00'; g.lineWidth = 2;
    g.strokeRect(x * cell, y * cell, cell, cell);
    if (order) return;
    g.globalAlpha = 0.5; g.beginPath(); g.moveTo(0, (y + 1) * cell); g.lineTo(w, (y + 1) * cell); g.stroke();
    g.globalAlpha = 1;
  }
}

// Draws in full what lies before step t, and faintly what lies behind it; then the line at t.
function swept(g, h, across, t, L, colour, paint) {
  const x = LEFT + across * t / L;
  for (const [from, till, alpha] of [[LEFT - 1, x, 1], [x, LEFT + across + RIGHT, 0.35]]) {
    g.save(); g.globalAlpha = alpha; g.beginPath(); g.rect(from, 0, till - from, h); g.clip(); paint(); g.restore();
  }
  if (t < L) { g.strokeStyle = colour; g.lineWidth = 1.5; g.beginPath(); g.moveTo(x, 0); g.lineTo(x, h); g.stroke(); }
}

// Which channels are active at each step. A layer that shows -1 as well has a band for each sign, the upper one for +1,
// so that no colour has to tell them apart. A mark stands where any channel or step of its place is active.
export function raster(canvas, sheet, reader, t, end, colour, unit) {
  const { g, w, h } = fit(canvas), { L, rows, fired, net } = reader, across = w - LEFT - RIGHT, { H } = net;
  const high = h - 16, bands = net.signed.flatMap((signed, k) => (signed ? [[k, 1], [k, -1]] : [[k, 1]]));
  const ratio = window.devicePixelRatio || 1, each = high / bands.length;
  const W = Math.min(L, Math.ceil(across * ratio)), R = Math.min(H, Math.max(1, Math.floor(each * ratio)));
  if (sheet.width !== W || sheet.height !== R * bands.length) Object.assign(sheet, { width: W, height: R * bands.length });
  const s = sheet.getContext('2d'), image = s.createImageData(W, R * bands.length), dots = new Uint32Array(image.data.buffer);
  const word = hex => (0xff000000 | parseInt(hex.slice(5), 16) << 16 | parseInt(hex.slice(3, 5), 16) << 8
    | parseInt(hex.slice(1, 3), 16)) >>> 0;
  bands.forEach(([layer, sign], b) => {
    const dot = word(sign > 0 ? colour.plus : colour.minus);
    for (let k = 0; k < end; k++) for (let c = 0, at = k * rows + layer * H; c < H; c++) {
      if (fired[at + c] === sign) dots[(b * R + Math.floor(c * R / H)) * W + Math.floor(k * W / L)] = dot;
    }
  });
  s.putImageData(image, 0, 0);
  g.imageSmoothingEnabled = false;
  swept(g, high, across, t, L, colour.ink, () => g.drawImage(sheet, LEFT, 0, across, high));
  g.fillStyle = colour.ink; g.strokeStyle = colour.grey; g.lineWidth = 1; g.textAlign = 'right'; g.textBaseline = 'middle';
  const whole = each >= 12, apart = Math.ceil(12 / each);  // labels stay 12 pixels apart
  bands.forEach(([layer, sign], b) => {
    g.strokeRect(LEFT, each * b, across, each);
    const text = net.signed[layer] ? `layer ${layer + 1} ${sign > 0 ? '+' : '−'}1` : `layer ${layer + 1}`;
    if (whole || b % apart === 0) g.fillText(whole ? text : `layer ${layer + 1}`, LEFT - 6, each * (b + 0.5));
  });
  steps(g, across, h - 7, L, unit);
}

function steps(g, across, y, L, unit) {
  g.textBaseline = 'middle';
  for (let k = 0; k <= 4; k++) {
    const at = Math.round(k * L / 4);
    if (k && k < 4 && at === Math.round((k - 1) * L / 4)) continue;
    g.textAlign = k === 4 ? 'right' : 'center';
    g.fillText(k === 4 ? `${unit} ${L}` : String(at), LEFT + across * at / L + (k === 4 ? RIGHT : 0), y);
  }
}

// The probability of each class after each step up to `end`; the answer at pixel `at` and its rival stand out.
export function chances(canvas, reader, t, at, end, colour) {
  const { g, w, h } = fit(canvas), { L, p, classes } = reader, across = w - LEFT - RIGHT;
  const y = v => h - 4 - (h - 12) * v;
  g.fillStyle = colour.ink; g.strokeStyle = colour.grey; g.lineWidth = 1; g.textAlign = 'right'; g.textBaseline = 'middle';
  for (const v of [0, 0.5, 1]) {
    g.globalAlpha = 0.35; g.beginPath(); g.moveTo(LEFT, y(v)); g.lineTo(LEFT + across, y(v)); g.stroke();
    g.globalAlpha = 1; g.fillText(`${100 * v} %`, LEFT - 8, Math.min(h - 7, Math.max(7, y(v))));
  }
  if (!at) return;
  const now = p.subarray((at - 1) * classes, at * classes), answer = now.indexOf(Math.max(...now));
  const highest = [...now.keys()].map(c => {  // the highest so far, by which the rival is chosen
    let top = 0;
    for (let n = 0; n < at; n++) top = Math.max(top, p[n * classes + c]);
    return c === answer ? 2 : top;
  });
  const order = [...now.keys()].sort((a, b) => highest[b] - highest[a]);
  const stride = Math.max(1, Math.floor(L / (2 * across)));  // because a line of more points is the same line
  const looks = [[colour.plus, 2.5, []], [colour.minus, 2, [6, 3]]];
  swept(g, h, across, t, L, colour.ink, () => {
    for (let k = classes - 1; k >= 0; k--) {
      const [stroke, width, dash] = looks[k] || [colour.grey, 1, []];
      g.strokeStyle = stroke; g.lineWidth = width; g.setLineDash(dash); g.beginPath();
      for (let n = 0; n < end; n += stride) g.lineTo(LEFT + across * (n + 1) / L, y(p[n * classes + order[k]]));
      g.stroke();
    }
    g.setLineDash([]);
  });
  g.font = `bold ${FONT}`; g.lineWidth = 4; g.lineJoin = 'round'; g.strokeStyle = colour.ground;
  const x = LEFT + across * t / L, v = order.slice(0, 2).map(c => y(p[(Math.max(1, t) - 1) * classes + c]));
  if (classes > 1 && Math.abs(v[0] - v[1]) < 14) {  // Two names stay apart, the higher probability above.
    const upper = v[0] <= v[1] ? 0 : 1, top = Math.max(8, Math.min(v[upper], h - 22));
    [v[upper], v[1 - upper]] = [top, top + 14];
  }
  for (let k = 0; k < v.length; k++) {
    const name = reader.net.names[order[k]], fits = g.measureText(name).width < w - x - 8;
    const right = (t < 0.05 * L || t === L) && fits, at = Math.min(h - 8, Math.max(8, v[k]));
    g.fillStyle = looks[k][0]; g.textAlign = right ? 'left' : 'right';
    if (!right) g.strokeText(name, x - 6, at);  // The ground's colour around it parts it from the curves.
    g.fillText(name, x + (right ? 6 : -6), at);
  }
}

// One bar for each class: what the network would answer now. Its own bar has its name in bold.
export function bars(canvas, p, best, names, colour) {
  const { g, w, h } = fit(canvas), n = p.length, high = h - 18, room = w / n - 4;
  g.textAlign = 'center'; g.textBaseline = 'alphabetic';
  for (let c = 0; c < n; c++) {
    const x = w * (c + 0.5) / n, v = Math.max(1, high * p[c]);
    g.fillStyle = c === best ? colour.plus : colour.grey;
    g.fillRect(x - 0.32 * w / n, high - v, 0.64 * w / n, v);
    g.fillStyle = colour.ink; g.font = c === best ? `bold ${FONT}` : FONT;
    let text = names[c];
    for (let n = text.length - 1; n > 0 && g.measureText(text).width > room; n--) text = `${names[c].slice(0, n).trim()}…`;
    if (room > 6) g.fillText(text, x, h - 4);
  }
}
