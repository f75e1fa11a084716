// Draw a digit: the pad, the network that reads it, its spikes and what it would answer, in one element.

import { unpack, network } from './net.js';
import { FORMS, pixels } from './pen.js';
import { Reader } from './reader.js';
import { reading } from './reading.js';
import { pad, seen } from './scene.js';
import { keys, pointer } from './hands.js';
import { frame } from './parts.js';
import { DRAWINGS } from './drawings.json';

const FIRST = 2;      // the stored drawing that is read when the page opens

async function bytesOf({ bytes, url }) {
  if (bytes) return new Uint8Array(bytes.buffer || bytes, bytes.byteOffset || 0, bytes.byteLength);
  const got = await fetch(url);
  if (!got.ok) throw new Error(`${url} is missing`);
  return new Uint8Array(await got.arrayBuffer());
}

// networks: [{name, bytes | url | net}]. What stands in the element stays until the first one is there.
export async function mount(element, { networks }) {
  const ready = new Map();
  const load = async name => {
    const one = networks.find(n => n.name === name);
    if (!ready.has(name)) ready.set(name, one.net || network(unpack(await bytesOf(one))));
    return ready.get(name);
  };
  let net;
  try {
    net = await load(networks[0].name);
  } catch (error) {
    const said = document.createElement('p');
    said.setAttribute('role', 'status');
    said.textContent = `The network cannot be shown alive here: ${error.message}.`;
    element.append(said);
    return () => {};
  }
  return start(element, net, networks.map(n => n.name), load);
}

function start(element, first, names, load) {
  const { side } = first, drawings = first.digits ? DRAWINGS : [];  // They are digits, and mean nothing to other classes.
  const part = frame(element, names, drawings, first.digits ? 'digit' : 'class');
  const readerOf = net => new Reader(net, side * side, side);
  const past = [];   // earlier drawings, for undo
  let strokes = [], meant = null, pen = false, newest = null, cursor = null;
  let example = true;  // The first drawing is there to be seen, and the first stroke takes its place.

  const ink = () => strokes.some(s => s.length);
  const wrong = best => meant && best !== meant.means;
  const shown = reading(part, readerOf(first), {
    unit: 'pixel',
    some: ink,
    held: () => pen,
    waits: () => newest !== null,
    take(reader) {
      // While the pen moves, a reading goes to its end before the next picture is taken: else none would end.
      if (newest && (!pen || reader.done === reader.L || !reader.whole && !reader.done)) {
        reader.put(newest);
        newest = null;
      }
    },
    paint(t) {
      const { reader } = shown, hint = [first.digits ? 'draw a digit here' : 'draw here', 'with mouse, finger', 'or arrow keys'];
      pad(part.pad, strokes, FORMS[side].pen, cursor, ink() || cursor ? null : hint);
      seen(part.seen, reader.u, side, t, reader.net.order);
      part.undo.disabled = !past.length;
    },
    verdict: best => (wrong(best) ? ', and wrong' : ''),
    none: () => `${shown.reader.net.name} has nothing to read yet: ${side} × ${side} pixels, one a step.`,
    tail(at, best) {
      const end = at === side * side && wrong(best);
      return meant ? ` This drawing is ${meant.name}${end ? ', so the answer is wrong.' : '.'}` : '';
    },
  });

  function take(next, name = null) {  // another drawing, which undo takes back
    past.push([strokes, meant]);
    strokes = next; meant = name;
  }

  function look() {  // the picture that the network is to read now
    const { order } = shown.reader.net, u = pixels(strokes, side);
    newest = order ? Float64Array.from(order, at => u[at]) : u;
    shown.wake();
  }

  async function choose(name) {
    try {
      shown.reader = readerOf(await load(name));
      look();
      shown.play();
    } catch (error) {
      part.select.value = shown.reader.net.name;
      part.heard.textContent = part.caption.textContent = `${name} cannot be shown: ${error.message}.`;
    }
  }

  const hands = {
    begin(x, y) {
      take([...(example ? [] : strokes), [[x, y]]]);
      example = false;
      shown.stop();
      pen = true;
      look();
    },
    on(x, y) { strokes.at(-1).push([x, y]); look(); },
    end() { pen = false; look(); shown.play(); },
    undo() { if (past.length) { [strokes, meant] = past.pop(); pen = false; look(); shown.play(); } },
    clear() { if (ink()) take([]); shown.reader.whole = example = pen = false; shown.go(0); look(); },
    move(c) { cursor = c; shown.wake(); },
  };
  pointer(part.pad, hands);
  keys(part.pad, hands);
  const show = drawing => { strokes = structuredClone(drawing.strokes); meant = drawing; look(); shown.play(); };
  part.stored.forEach((button, k) => button.addEventListener('click', () => {
    example = false;
    past.push([strokes, meant]);
    show(drawings[k]);
  }));
  part.undo.addEventListener('click', hands.undo);
  part.clear.addEventListener('click', hands.clear);
  part.select.addEventListener('change', () => choose(part.select.value));
  if (drawings.length) show(drawings[FIRST]);
  shown.wake();
  return shown.close;
}

// Every .draw-a-digit of a page, with the networks that lie beside this file, when it comes into view.
export function mountAll(base = import.meta.url) {
  const networks = [['Binary S4D', 'binary-s4d'], ['GSU', 'gsu'], ['S4D', 's4d']]
    .map(([name, file]) => ({ name, url: new URL(`${file}.bin`, base).href }));
  const watch = new IntersectionObserver(entries => {
    for (const { isIntersecting, target } of entries) if (isIntersecting) {
      watch.unobserve(target);
      mount(target, { networks });
    }
  });
  document.querySelectorAll('.draw-a-digit').forEach(element => watch.observe(element));
}

// In JupyterLab anywidget calls this with the model that Python made.
export default {
  async render({ model, el }) {
    const close = await mount(el, { networks: model.get('data').networks });
    return close;
  },
};
