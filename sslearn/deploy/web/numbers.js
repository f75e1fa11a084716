// A table of numbers, one row a step: typed, pasted or uploaded, read step by step, with the scores of every class.

import { Reader } from './reader.js';
import { reading } from './reading.js';
import { button, column, make, pictures, readout, rooted, row, says } from './parts.js';

const MOST = 20000;    // steps, more than a second of sound
const MARKS = 5e7;     // of channels and steps together, because each is a byte of the tab's memory
const SHOWN = 1000;    // lines of a file in the box, because more of them would hold it up
const WAIT = 400;      // ms after the last key, so that nothing is read in the middle of a number
const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

// The cells of a line; where semicolons or tabs part them, a comma is a decimal point.
function cells(line) {
  const bare = line.replace(/#.*/, '').trim();
  if (!bare) return [];
  const parts = /[;\t]/.test(bare) ? bare.split(/[;\t]/).map(c => c.replace(',', '.')) : bare.split(/\s*,\s*|\s+/);
  return parts.map(c => c.trim().replace(/^"(.*)"$/, '$1'));
}

// The numbers (L * d) of a text of L rows. Words in the first row are its header, and # begins a remark.
export function table(text, d, most = MOST) {
  let rows = text.replace(/^\ufeff/, '').split(/\r\n|\r|\n/).map((line, n) => ({ at: n + 1, cells: cells(line) }));
  rows = rows.filter(r => r.cells.length);
  if (rows.length && !rows[0].cells.some(c => NUMBER.test(c))) rows.shift();
  if (!rows.length) throw new Error('There is no row of numbers yet.');
  if (d === 1 && rows.length === 1) rows = rows[0].cells.map(c => ({ at: rows[0].at, cells: [c] }));
  if (rows.length > most) throw new Error(`These are ${rows.length} steps, and this page reads at most ${most}.`);
  const u = new Float64Array(rows.length * d);
  rows.forEach(({ at, cells: all }, k) => {
    const odd = all.find(c => !NUMBER.test(c) || !Number.isFinite(+c));
    if (odd !== undefined) throw new Error(`Line ${at}: “${odd}” is no number.`);
    if (all.length !== d) throw new Error(`Line ${at} has ${all.length} number${all.length > 1 ? 's' : ''}, and this network reads ${d} a step.`);
    all.forEach((c, j) => { u[k * d + j] = +c; });
  });
  return u;
}

// Some rows to begin with: d waves, each faster than the one before.
const waves = d => Array.from({ length: 100 }, (_, t) => Array.from({ length: d },
  (_, j) => Math.sin(2 * Math.PI * (j + 1) * t / 50).toFixed(3)).join(',')).join('\n');

// The running scores as CSV: one row a step, one column a class.
export function csv(reader) {
  const quoted = name => `"${name.replaceAll('"', '""')}"`, { classes, scores, done, net } = reader;
  const lines = Array.from({ length: done }, (_, t) => [t + 1, ...scores.subarray(t * classes, (t + 1) * classes)].join(','));
  return [['step', ...net.names.map(quoted)].join(','), ...lines].join('\n') + '\n';
}

function laidOut(element, net) {
  const each = net.d === 1 ? 'one number a row' : `${net.d} numbers a row`;
  const part = {
    ...readout('class', 'step'),
    text: make('textarea', { rows: 7, spellcheck: 'false', autocomplete: 'off', 'aria-label': `numbers, one row a step, ${each}` }),
    file: make('input', { type: 'file', accept: '.csv,.txt,.tsv,text/*', 'aria-label': 'a file of numbers' }),
    example: button('Example', 'Put made-up waves in'),
    save: button('Save the scores', 'Save the scores of every class after every step as CSV'),
    body: make('tbody'),
    title: make('caption'),
  };
  part.rows = net.names.map(name => {
    const cell = [make('th', { scope: 'row' }, name), make('td', {}, ''), make('td', {}, '')];
    const line = make('tr', {}, ...cell);
    part.body.append(line);
    return { line, score: cell[1], share: cell[2] };
  });
  const head = make('thead', {}, make('tr', {}, ...['class', 'score', 'probability'].map(t => make('th', { scope: 'col' }, t))));
  const list = make('div', { class: 'sslearn-draw-list', tabindex: 0, role: 'region', 'aria-label': 'scores of every class' },
    make('table', {}, part.title, head, part.body));
  return rooted(part, element,
    make('div', { class: 'sslearn-draw-top' },
      column(`your numbers: one row a step, ${each}`, part.text, 'sslearn-draw-text'), says(part)),
    row(part.file, part.example, part.clear, part.save),
    row(part.play, part.step, part.scrub),
    ...pictures(part, 'class', 'step'), list);
}

export function numbers(element, net) {
  const part = laidOut(element, net), none = () => new Reader(net, 1);
  let some = false, wrong = '', remark = '', timer = 0;

  const shown = reading(part, none(), {
    unit: 'step',
    some: () => some,
    held: () => false,
    waits: () => false,
    take() {},
    paint() {},
    verdict: () => '',
    none: () => wrong,
    tail: () => remark,
    painted(at) {
      const { reader } = shown, { classes, scores, p } = reader, from = (at - 1) * classes;
      const best = at ? reader.answer(at).best : -1;
      part.title.textContent = at ? `Scores after step ${at}` : 'Scores';
      part.rows.forEach(({ line, score, share }, c) => {
        score.textContent = at ? scores[from + c].toFixed(4).replace('-', '−') : '';
        share.textContent = at ? `${(100 * p[from + c]).toFixed(1)} %` : '';
        if (c === best) line.setAttribute('aria-current', 'true'); else line.removeAttribute('aria-current');
      });
      part.save.disabled = !(some && reader.done === reader.L);
    },
  });

  function take(text, told = '') {
    clearTimeout(timer);
    remark = told;
    try {
      const most = Math.floor(Math.min(MOST, MARKS / (net.H * net.depth))), u = table(text, net.d, most);
      shown.reader = new Reader(net, u.length / net.d);
      shown.reader.put(u);
      some = true;
    } catch (error) {
      [wrong, some] = [error.message, false];
      shown.reader = none();
    }
    part.text.setAttribute('aria-invalid', String(!some && text.trim() !== ''));
    if (some) shown.play(); else shown.go(0);
  }

  function put(text, told) {
    const lines = text.split('\n', SHOWN + 1), long = lines.length > SHOWN;
    part.text.value = long ? lines.slice(0, SHOWN).join('\n') : text;
    take(text, long ? ` The box shows the first ${SHOWN} lines.` : told);
  }

  const example = () => put(waves(net.d), ' These rows are made up: put your own in their place.');

  async function open(file) {
    try { put(await file.text()); } catch { part.caption.textContent = part.heard.textContent = `${file.name} cannot be read.`; }
  }

  part.text.addEventListener('input', () => { clearTimeout(timer); timer = setTimeout(() => take(part.text.value), WAIT); });
  part.text.addEventListener('dragover', e => e.preventDefault());
  part.text.addEventListener('drop', e => {
    if (!e.dataTransfer.files.length) return;
    e.preventDefault();
    open(e.dataTransfer.files[0]);
  });
  part.file.addEventListener('click', () => { part.file.value = ''; });  // so that a file can be read again once it has changed
  part.file.addEventListener('change', () => { if (part.file.files.length) open(part.file.files[0]); });
  part.example.addEventListener('click', () => { part.file.value = ''; example(); });
  part.clear.addEventListener('click', () => { part.file.value = ''; put(''); });
  part.save.addEventListener('click', () => {
    const url = URL.createObjectURL(new Blob([csv(shown.reader)], { type: 'text/csv' }));
    make('a', { href: url, download: 'scores.csv' }).click();
    setTimeout(() => URL.revokeObjectURL(url), 1000);
  });
  example();
  return shown.close;
}
