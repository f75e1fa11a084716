// A reading that is played, stopped, stepped and scrubbed, and what is shown of it: of a drawing and of a table of numbers.

import { raster, chances, bars, colours } from './scene.js';
import { scrubbed } from './hands.js';

const SECONDS = 4;    // of a whole reading, when it is played
const BUDGET = 10;    // ms of each frame for the network, so that the pen keeps up

// source: some() whether there is anything to read, waits() whether something newer is to be read, held() whether a pen
// moves, take(reader) hands the newest to the reader, paint(shown) draws what is read, none() and tail(at, best) are
// sentences, and unit is what a step is called.
export function reading(part, first, source) {
  const sheet = document.createElement('canvas'), still = matchMedia('(prefers-reduced-motion: reduce)');
  const self = { reader: first, wake, play, stop, go, close };
  let t = 0, playing = false, due = 0, then = 0, alive = true, rest = '';

  function wake() { if (!due && alive) due = requestAnimationFrame(tick); }

  function play(from = 0, asked = false) {
    if (!source.some()) return;
    playing = asked || !still.matches;
    t = playing ? from : self.reader.L;
    then = performance.now();
    wake();
  }

  function stop() { playing = false; wake(); }

  function go(to) { playing = false; t = Math.min(self.reader.L, Math.max(0, Math.round(to))); wake(); }

  function tick(now) {
    due = 0;
    source.take(self.reader);
    const { reader } = self, busy = source.some();
    if (busy) reader.read(playing || source.held() ? BUDGET : 2 * BUDGET);
    if (source.held()) t = reader.done;
    else if (playing) {
      t = Math.min(reader.done, t + (now - then) * reader.L / (1000 * SECONDS));
      if (t >= reader.L) playing = false;
    }
    then = now;
    paint();
    if (playing || source.waits() || busy && reader.done < reader.L) wake();
  }

  function paint() {
    const { reader } = self, { L, net } = reader, some = source.some(), colour = colours(part.root);
    const shown = some ? Math.floor(t) : 0;
    const end = !some ? 0 : reader.whole ? L : reader.done;  // what is known of this or the last one
    const at = source.held() && reader.whole ? L : Math.min(shown, end);
    source.paint(shown);
    raster(part.raster, sheet, reader, shown, end, colour, source.unit);
    chances(part.chances, reader, shown, at, end, colour);
    const { best, sure, p } = at ? reader.answer(at) : { best: -1, sure: 0, p: new Float32Array(net.classes) };
    bars(part.bars, p, best, net.names, colour);
    part.digit.textContent = at ? net.names[best] : '?';
    part.digit.classList.toggle('sslearn-draw-word', part.digit.textContent.length > 2);
    part.sure.textContent = at ? `${(100 * sure).toFixed(0)} % sure${at === L ? source.verdict(best) : ''}` : '';
    part.scrub.max = L;
    part.scrub.value = shown;
    part.scrub.setAttribute('aria-valuetext', `after ${shown} of ${L} ${source.unit}s`);
    part.play.textContent = playing ? 'Stop' : 'Play';
    part.caption.textContent = tell(at, best, sure);
    source.painted?.(at);
    const quiet = !playing && !source.held() && !source.waits() && !(some && reader.done < L);
    if (quiet && part.caption.textContent !== rest) {
      rest = part.heard.textContent = part.caption.textContent;  // Heard once, when all is at rest.
    }
  }

  function tell(at, best, sure) {
    const { reader } = self, { net, L } = reader, { unit } = source;
    if (!source.some()) return source.none();
    if (!at) return `${net.name} has not begun to read.`;
    let since = at;
    while (since > 1 && reader.best[since - 2] === best) since--;
    const share = (100 * reader.active[at - 1] / (at * reader.rows)).toFixed(0);
    return `After ${at} of ${L} ${unit}s ${net.name} says ${net.names[best]} (${(100 * sure).toFixed(0)} %), `
      + `as it has since ${unit} ${since}; its channels are active ${share} % of the time.${source.tail(at, best)}`;
  }

  for (const canvas of [part.raster, part.chances]) scrubbed(canvas, share => go(share * self.reader.L));
  part.play.addEventListener('click', () => (playing ? stop() : play(t < self.reader.L ? t : 0, true)));
  part.step.addEventListener('click', () => go(t >= self.reader.L ? 1 : Math.floor(t) + 1));
  part.scrub.addEventListener('input', () => go(+part.scrub.value));
  const sized = new ResizeObserver(wake), themed = new MutationObserver(wake);
  const scheme = matchMedia('(prefers-color-scheme: dark)');
  sized.observe(part.root);
  scheme.addEventListener('change', wake);  // Themes of pages and of JupyterLab set an attribute instead.
  for (const node of [document.documentElement, document.body]) themed.observe(node, { attributes: true });

  function close() {
    alive = false;
    cancelAnimationFrame(due);
    sized.disconnect();
    themed.disconnect();
    scheme.removeEventListener('change', wake);
  }
  return self;
}
