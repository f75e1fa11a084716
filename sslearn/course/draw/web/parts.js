// The elements: what can be seen, pressed and heard. No state is kept here.

import { STYLE } from './draw.css';

function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

const canvas = (name, label, more = {}) => make('canvas', { class: `sslearn-draw-${name}`, role: 'img', 'aria-label': label, ...more });
const label = text => make('span', { class: 'sslearn-draw-label' }, text);
const button = (text, title) => make('button', { type: 'button', title }, text);

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

export function frame(element, names, drawings) {
  const part = {
    pad: canvas('pad', 'Drawing area. Arrow keys move the pen, Shift with them moves it by three, Space puts it down '
      + 'and lifts it, Backspace undoes, Escape clears.', { tabindex: 0, role: 'application' }),
    seen: canvas('seen', 'The picture as the network reads it, row by row'),
    raster: canvas('raster', 'Spikes of every channel, pixel by pixel; the text below says what they lead to'),
    chances: canvas('chances', 'Probability of each digit, pixel by pixel; the text below names the highest'),
    bars: canvas('bars', 'Probability of each digit now'),
    digit: make('div', { class: 'sslearn-draw-digit', }, '?'),
    sure: make('div', { class: 'sslearn-draw-sure' }),
    caption: make('p', { class: 'sslearn-draw-caption' }),
    heard: make('div', { class: 'sslearn-draw-heard', role: 'status' }),
    play: button('Play', 'Read the drawing again from here, or stop'),
    step: button('Step', 'Read one more pixel'),
    undo: button('Undo', 'Take the last stroke back'),
    clear: button('Clear', 'Clear the drawing'),
    scrub: make('input', { type: 'range', min: 0, max: 1, step: 1, value: 0, 'aria-label': 'pixels read' }),
    select: make('select', { 'aria-label': 'network' }, ...names.map(name => make('option', { value: name }, name))),
    stored: drawings.map(thumbnail),
  };
  const column = (text, item, more = '') => make('div', { class: more }, label(text), item);
  const row = (...items) => make('div', { class: 'sslearn-draw-row' }, ...items);
  const style = make('style');
  style.textContent = STYLE;
  part.root = make('div', { class: 'sslearn-draw', 'data-lm-suppress-shortcuts': 'true' }, style,
    make('div', { class: 'sslearn-draw-top' },
      column('your drawing', part.pad), column('what the network reads', part.seen),
      make('div', { class: 'sslearn-draw-says' }, label('what it says'),
        make('div', { class: 'sslearn-draw-now', 'aria-hidden': 'true' }, part.digit, part.sure), part.bars,
        row(label('or read:'), ...part.stored))),
    row(part.select, part.play, part.step, part.scrub, part.undo, part.clear),
    label('which channels are active at each pixel (blue: a spike or +1, orange: −1)'), part.raster,
    label('how probable each digit is after each pixel (blue: its answer, orange, dashed: the strongest rival)'), part.chances,
    part.caption, part.heard);
  // JupyterLab takes keys for itself; what is pressed here is meant for these controls.
  part.root.addEventListener('keydown', e => e.stopPropagation());
  if (names.length < 2) part.select.hidden = true;
  element.replaceChildren(part.root);
  return part;
}
