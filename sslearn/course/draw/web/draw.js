// Draw a digit: the pad, the network that reads it, its spikes and what it would answer, in one element.

import { unpack, network } from './net.js';
import { FORMS, pixels } from './pen.js';
import { Reader } from './reader.js';
import { pad, seen, raster, chances, bars, colours } from './scene.js';
import { keys, pointer, scrubbed } from './hands.js';
import { frame } from './parts.js';
import { DRAWINGS } from './drawings.json';

const FIRST = 2;      // the stored drawing that is read when the page opens
const SECONDS = 4;    // of a whole reading, when it is played
const BUDGET = 10;    // ms of each frame for the network, so that the pen keeps up

async function bytesOf({ bytes, base64, url }) {
  if (bytes) return new Uint8Array(bytes.buffer || bytes, bytes.byteOffset || 0, bytes.byteLength);
  if (base64) return Uint8Array.from(atob(base64), c => c.charCodeAt(0));
  const got = await fetch(url);
  if (!got.ok) throw new Error(`${url} is missing`);
  return new Uint8Array(await got.arrayBuffer());
}

// networks: [{name, bytes | base64 | url}]. What stands in the element stays until the first one is there.
export async function mount(element, { networks }) {
  const ready = new Map();
  const load = async name => {
    if (!ready.has(name)) ready.set(name, network(unpack(await bytesOf(networks.find(n => n.name === name)))));
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
  const part = frame(element, names, DRAWINGS), sheet = document.createElement('canvas');
  const still = matchMedia('(prefers-reduced-motion: reduce)');
  const past = [];   // earlier drawings, for undo
  let reader = new Reader(first, first.side), strokes = [], meant = null, t = 0, playing = false, pen = false;
  let newest = null, due = 0, then = 0, cursor = null, alive = true, rest = '';
  let example = true;  // The first drawing is there to be seen, and the first stroke takes its place.

  const side = () => reader.side;
  const wake = () => { if (!due && alive) due = requestAnimationFrame(tick); };
  const ink = () => strokes.some(s => s.length);

  function take(next, name = null) {  // another drawing, which undo takes back
    past.push([strokes, meant]);
    strokes = next; meant = name;
  }

  function look() {  // the picture that the network is to read now
    newest = pixels(strokes, side());
    wake();
  }

  function play(from = 0, asked = false) {
    if (!ink()) return;
    playing = asked || !still.matches;
    t = playing ? from : reader.L;
    then = performance.now();
    wake();
  }

  function stop() { playing = false; wake(); }

  function go(to) { playing = false; t = Math.min(reader.L, Math.max(0, Math.round(to))); wake(); }

  function tick(now) {
    due = 0;
    // While the pen moves, a reading goes to its end before the next picture is taken: else none would end.
    if (newest && (!pen || reader.done === reader.L || !reader.whole && !reader.done)) {
      reader.put(newest);
      newest = null;
    }
    if (ink()) reader.read(playing || pen ? BUDGET : 2 * BUDGET);
    if (pen) t = reader.done;
    else if (playing) {
      t = Math.min(reader.done, t + (now - then) * reader.L / (1000 * SECONDS));
      if (t >= reader.L) playing = false;
    }
    then = now;
    paint();
    if (playing || newest || ink() && reader.done < reader.L) wake();
  }

  function paint() {
    const colour = colours(part.root), shown = ink() ? Math.floor(t) : 0;
    const end = !ink() ? 0 : reader.whole ? reader.L : reader.done;  // what is known of this or the last picture
    const at = pen && reader.whole ? reader.L : Math.min(shown, end);
    const hint = ink() || cursor ? null : ['draw a digit here', 'with mouse, finger or arrow keys'];
    pad(part.pad, strokes, FORMS[side()].pen, cursor, hint);
    seen(part.seen, reader.u, side(), shown);
    raster(part.raster, sheet, reader, shown, end, colour);
    chances(part.chances, reader, shown, at, end, colour);
    const { digit, sure, p } = at ? reader.answer(at) : { digit: '', sure: 0, p: new Float32Array(reader.classes) };
    bars(part.bars, p, digit, colour);
    part.digit.textContent = at ? digit : '?';
    part.sure.textContent = at ? `${(100 * sure).toFixed(0)} % sure${meant && at === reader.L && digit !== meant.means ? ', and wrong' : ''}` : '';
    part.scrub.max = reader.L;
    part.scrub.value = shown;
    part.scrub.setAttribute('aria-valuetext', `after ${shown} of ${reader.L} pixels`);
    part.play.textContent = playing ? 'Stop' : 'Play';
    part.undo.disabled = !past.length;
    part.caption.textContent = tell(at, shown, digit, sure);
    if (!playing && !pen && part.caption.textContent !== rest && !(newest || ink() && reader.done < reader.L)) {
      rest = part.heard.textContent = part.caption.textContent;  // Heard once, when all is at rest.
    }
  }

  function tell(at, shown, digit, sure) {
    if (!ink()) return `${reader.net.name} has nothing to read yet: ${side()} × ${side()} pixels, one a step.`;
    if (!at) return `${reader.net.name} has not begun to read.`;
    let since = at;
    while (since > 1 && reader.answer(since - 1).digit === digit) since--;
    const active = reader.fired.subarray(0, at * reader.rows).reduce((n, s) => n + Math.abs(s), 0);
    const share = (100 * active / (at * reader.rows)).toFixed(0);
    const wrong = at === reader.L && meant && digit !== meant.means;
    const truth = meant ? ` This drawing is ${meant.name}${wrong ? ', so the answer is wrong.' : '.'}` : '';
    return `After ${at} of ${reader.L} pixels ${reader.net.name} says ${digit} (${(100 * sure).toFixed(0)} %), `
      + `as it has since pixel ${since}; its channels are active ${share} % of the time.${truth}`;
  }

  async function choose(name) {
    try {
      const net = await load(name);
      reader = new Reader(net, net.side);
      look();
      play();
    } catch (error) {
      part.select.value = reader.net.name;
      part.heard.textContent = part.caption.textContent = `${name} cannot be shown: ${error.message}.`;
    }
  }

  const hands = {
    begin(x, y) {
      take([...(example ? [] : strokes), [[x, y]]]);
      example = playing = false;
      pen = true;
      look();
    },
    on(x, y) { strokes.at(-1).push([x, y]); look(); },
    end() { pen = false; look(); play(); },
    undo() { if (past.length) { [strokes, meant] = past.pop(); pen = false; look(); play(); } },
    clear() { if (ink()) take([]); reader.whole = example = pen = playing = false; t = 0; look(); },
    move(c) { cursor = c; wake(); },
  };
  pointer(part.pad, hands);
  keys(part.pad, hands);
  for (const canvas of [part.raster, part.chances]) scrubbed(canvas, share => go(share * reader.L));
  part.stored.forEach((button, k) => button.addEventListener('click', () => {
    example = false;
    take(structuredClone(DRAWINGS[k].strokes), DRAWINGS[k]);
    look();
    play();
  }));
  part.play.addEventListener('click', () => (playing ? stop() : play(t < reader.L ? t : 0, true)));
  part.step.addEventListener('click', () => go(t >= reader.L ? 1 : Math.floor(t) + 1));
  part.undo.addEventListener('click', hands.undo);
  part.clear.addEventListener('click', hands.clear);
  part.scrub.addEventListener('input', () => go(+part.scrub.value));
  part.select.addEventListener('change', () => choose(part.select.value));
  const sized = new ResizeObserver(wake);
  sized.observe(part.root);
  [strokes, meant] = [structuredClone(DRAWINGS[FIRST].strokes), DRAWINGS[FIRST]];
  look();
  play();
  const scheme = matchMedia('(prefers-color-scheme: dark)'), themed = new MutationObserver(wake);
  scheme.addEventListener('change', wake);  // Themes of pages and of JupyterLab set an attribute instead.
  for (const node of [document.documentElement, document.body]) themed.observe(node, { attributes: true });
  wake();
  return () => {
    alive = false;
    cancelAnimationFrame(due);
    sized.disconnect();
    themed.disconnect();
    scheme.removeEventListener('change', wake);
  };
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
