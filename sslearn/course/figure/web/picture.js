// A living picture: a still SVG, a canvas over it for what moves, and the caption below, in one element.

import { paint } from './paint.js';
import { grab } from './grab.js';

const GHOST = '#808080', REST = 700;   // ms without a move, after which the next move leaves a ghost
const LARGEST = 1.7;                   // times its natural size, because letters grow with it

// The height that a reader sees at once: that of the outermost part of the page that scrolls.
function room(element) {
  let height = window.innerHeight;
  for (let e = element.parentElement; e; e = e.parentElement) {
    if (/auto|scroll/.test(getComputedStyle(e).overflowY) && e.clientHeight > 200) height = e.clientHeight;
  }
  return Math.min(height, window.innerHeight);
}

// A number of what a move shows, in quarters of a pixel, so that two pictures can be compared.
function sumOf({ heads, arrays }) {
  let sum = 2166136261;
  const add = part => { sum = Math.imul(sum ^ part, 16777619); };
  arrays.forEach((array, i) => {
    array?.forEach(v => add(array instanceof Float32Array ? Math.round(4 * v) : v));
    for (const letter of heads[i].text || '') add(letter.codePointAt(0));
  });
  return sum >>> 0;
}

// drags: see grab.js; dragged(control, value) is called while something is dragged.
export function mount(root, { still, spec, drags = {}, dragged = () => {} }) {
  const style = document.createElement('style'), box = document.createElement('div');
  const canvas = document.createElement('canvas'), caption = document.createElement('p');
  style.textContent = STYLE;
  box.className = 'sslearn-picture';
  box.innerHTML = still;
  box.firstElementChild.setAttribute('aria-hidden', 'true');
  canvas.setAttribute('role', 'img');
  box.append(canvas);
  const words = document.createElement('div');
  words.className = 'sslearn-caption';
  caption.setAttribute('role', 'status');
  words.append(caption);
  root.classList.add('sslearn-living');
  root.append(style, box, words);
  const ctx = canvas.getContext('2d');
  let now = null, past = null, due = 0, last = 0, painted = 0;

  const frame = () => {
    due = 0;
    if (!now || !box.clientWidth) return;
    const ratio = window.devicePixelRatio || 1;
    const w = Math.round(box.clientWidth * ratio), h = Math.round(w * spec.H / spec.W);
    if (canvas.width !== w || canvas.height !== h) [canvas.width, canvas.height] = [w, h];
    ctx.setTransform(1, 0, 0, 1, 0, 0);
    ctx.clearRect(0, 0, w, h);
    ctx.scale(w / spec.W, w / spec.W);
    const ink = getComputedStyle(box).color;
    if (past) paint(ctx, spec, past, ink, GHOST);
    paint(ctx, spec, now, ink);
    canvas.dataset.painted = painted = now.k ?? painted + 1;
    canvas.dataset.shows = sumOf(now);
    canvas.dataset.ghost = past ? 'yes' : 'no';
  };
  const ask = () => { due ||= requestAnimationFrame(frame); };
  const fit = () => {
    const panel = root.closest('.sslearn-explorer') || root;
    const rest = panel.offsetHeight - box.offsetHeight;
    const scale = Math.min(LARGEST, Math.max(1, (room(root) - rest - 16) / spec.H));
    box.style.maxWidth = `${Math.floor(scale * spec.W)}px`;
    ask();
  };
  const seen = new ResizeObserver(fit);
  seen.observe(root);
  window.addEventListener('resize', fit);
  const theme = new MutationObserver(ask);
  for (const e of [document.body, document.documentElement]) theme.observe(e, { attributes: true });
  const free = grab(canvas, spec, drags, () => now, dragged);

  // move: {heads, arrays}, text its caption. playing: no ghost, and no screen reader hears each frame.
  const show = (move, text, { playing = false } = {}) => {
    const time = performance.now();
    if (playing) past = null;
    else if (now && time - last > REST) past = now;
    last = time;
    now = move;
    say(text, { quiet: playing });
    ask();
  };
  const say = (text, { error = false, quiet = false } = {}) => {
    caption.setAttribute('aria-live', quiet ? 'off' : 'polite');
    if (caption.textContent !== text) caption.textContent = text;
    caption.classList.toggle('sslearn-error', error);
    if (!error) canvas.setAttribute('aria-label', text);
  };
  const forget = () => { past = null; ask(); };
  const close = () => {
    free();
    seen.disconnect();
    theme.disconnect();
    window.removeEventListener('resize', fit);
  };
  return { show, say, forget, close };
}
