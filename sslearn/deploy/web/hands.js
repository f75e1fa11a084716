// How a drawing is made and a reading scrubbed: by mouse, finger or pen, and by keys.

import { LEFT, RIGHT } from './scene.js';

const inside = v => Math.min(1, Math.max(0, v));

// Strokes of the pointer on the pad, in 0 ... 1.
export function pointer(canvas, { begin, on, end, move }) {
  let held = null;
  const at = e => {
    const box = canvas.getBoundingClientRect();
    return [inside((e.clientX - box.left) / box.width), inside((e.clientY - box.top) / box.height)];
  };
  canvas.addEventListener('pointerdown', e => {
    if (held !== null || e.button) return;
    held = e.pointerId;
    canvas.setPointerCapture(held);
    move(null);
    begin(...at(e));
  });
  canvas.addEventListener('pointermove', e => {
    if (e.pointerId !== held) return;
    const all = e.getCoalescedEvents?.() || [];
    for (const one of all.length ? all : [e]) on(...at(one));
  });
  for (const name of ['pointerup', 'pointercancel']) canvas.addEventListener(name, e => {
    if (e.pointerId !== held) return;
    held = null;
    end();
  });
}

// Arrow keys move a pen on a grid of 28, Shift by three; Space or Enter puts it down and lifts it.
export function keys(canvas, { begin, on, end, undo, clear, move }) {
  const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
  let x = 14, y = 14, down = false;
  const show = () => move({ x: (x + 0.5) / 28, y: (y + 0.5) / 28, down });
  const lift = () => { if (down) { down = false; end(); } };
  canvas.addEventListener('focus', () => { if (canvas.matches(':focus-visible')) show(); });
  canvas.addEventListener('blur', () => { lift(); move(null); });
  canvas.addEventListener('keydown', e => {
    const step = ARROWS[e.key];
    if (step) {
      const far = e.shiftKey ? 3 : 1;
      [x, y] = [x + far * step[0], y + far * step[1]].map(v => Math.min(27, Math.max(0, v)));
      if (down) on((x + 0.5) / 28, (y + 0.5) / 28);
    } else if (e.key === ' ' || e.key === 'Enter') {
      if (down) lift();
      else { down = true; begin((x + 0.5) / 28, (y + 0.5) / 28); }
    } else if (e.key === 'Backspace' || (e.key === 'z' && (e.ctrlKey || e.metaKey))) { down = false; undo(); }
    else if (e.key === 'Delete' || e.key === 'Escape') { down = false; clear(); }
    else return;
    show();
    e.preventDefault();
  });
}

// A press or a drag across a wide canvas goes to the step below it.
export function scrubbed(canvas, go) {
  const to = e => {
    const box = canvas.getBoundingClientRect();
    go(inside((e.clientX - box.left - LEFT) / (box.width - LEFT - RIGHT)));
  };
  canvas.addEventListener('pointerdown', e => { canvas.setPointerCapture(e.pointerId); to(e); });
  canvas.addEventListener('pointermove', e => { if (e.buttons) to(e); });
}
