// The elements: what can be seen, pressed and heard. No state is kept here.

import { STYLE } from './draw.css';

export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

const canvas = (name, label, more = {}) => make('canvas', { class: `sslearn-draw-${name}`, role: 'img', 'aria-label': label, ...more });
export const label = text => make('span', { class: 'sslearn-draw-label' }, text);
export const button = (text, title) => make('button', { type: 'button', title }, text);

function thumbnail({ name, strokes }) {
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  svg.setAttribute('viewBox', '0 0 1 1');
  svg.setAttribute('aria-hidden', 'true');
  for (const stroke of strokes) {
    const line = document.createElementNS('http://www.w3.org/2000/svg', 'polyline');
    line.setAttribute('points', stroke.map(p => p.join(',')).join(' '));
    svg.append(line);
  }
  return make('button', { type: 'button', class: 'sslearn-draw-stored', 'aria-label': `read ${name}`, title: name }, svg);
}

// What every reading has: its controls, its pictures and its words. kind is digit or class, unit pixel or step.
export function readout(kind, unit) {
  return {
    raster: canvas('raster', `Spikes of every channel, ${unit} by ${unit}; the text below says what they lead to`),
    chances: canvas('chances', `Probability of each ${kind}, ${unit} by ${unit}; the text below names the highest`),
    bars: canvas('bars', `Probability of each ${kind} now`),
    digit: make('div', { class: 'sslearn-draw-digit' }, '?'),
    sure: make('div', { class: 'sslearn-draw-sure' }),
    caption: make('p', { class: 'sslearn-draw-caption' }),
    heard: make('div', { class: 'sslearn-draw-heard', role: 'status' }),
    play: button('Play', 'Read again from here, or stop'),
    step: button('Step', `Read one more ${unit}`),
    clear: button('Clear', `Clear what is to be read`),
    scrub: make('input', { type: 'range', min: 0, max: 1, step: 1, value: 0, 'aria-label': `${unit}s read` }),
  };
}

export const column = (text, item, more = '') => make('div', { class: more }, label(text), item);
export const row = (...items) => make('div', { class: 'sslearn-draw-row' }, ...items);
export const says = (part, ...more) => make('div', { class: 'sslearn-draw-says' }, label('what it says'),
  make('div', { class: 'sslearn-draw-now', 'aria-hidden': 'true' }, part.digit, part.sure), part.bars, ...more);

// The pictures of a reading with their legends, in which no colour has a name.
export const pictures = (part, kind, unit) => [
  label(`which channels are active at each ${unit}: a mark is a spike or ±1`), part.raster,
  label(`how probable each ${kind} is after each ${unit} (thick: its answer, dashed: the strongest rival)`), part.chances,
  part.caption, part.heard,
];

export function rooted(part, element, ...children) {
  const style = make('style');
  style.textContent = STYLE;
  part.root = make('div', { class: 'sslearn-draw', 'data-lm-suppress-shortcuts': 'true' }, style, ...children);
  // JupyterLab takes keys for itself; what is pressed here is meant for these controls.
  part.root.addEventListener('keydown', e => e.stopPropagation());
  element.replaceChildren(part.root);
  return part;
}

export function frame(element, names, drawings, kind) {
  const part = {
    ...readout(kind, 'pixel'),
    pad: canvas('pad', 'Drawing area. Arrow keys move the pen, Shift with them moves it by three, Space puts it down '
      + 'and lifts it, Backspace undoes, Escape clears.', { tabindex: 0, role: 'application' }),
    seen: canvas('seen', 'The picture as the network reads it'),
    undo: button('Undo', 'Take the last stroke back'),
    select: make('select', { 'aria-label': 'network' }, ...names.map(name => make('option', { value: name }, name))),
    stored: drawings.map(thumbnail),
  };
  if (names.length < 2) part.select.hidden = true;
  const stored = drawings.length ? [row(label('or read:'), ...part.stored)] : [];
  return rooted(part, element,
    make('div', { class: 'sslearn-draw-top' },
      column('your drawing', part.pad), column('what the network reads', part.seen), says(part, ...stored)),
    row(part.select, part.play, part.step, part.scrub, part.undo, part.clear),
    ...pictures(part, kind, 'pixel'));
}
