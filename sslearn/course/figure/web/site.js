// An explorer on a page without a kernel: from a packed file, or from a model that runs in the page.

import { mount } from './picture.js';
import { between } from './paint.js';
import { placed } from './place.js';
import { held, opened, starts } from './packed.js';
import { element, knob, pressable, written } from './controls.js';

const WHOLE = 6000, FASTEST = 1000 / 60, SLOWEST = 100, CALM = 250;   // ms of a whole play, and of its pictures
const MISSING = 'The numbers of this explorer could not be loaded, so the picture stays as it was saved.';

// The same as `held` for a model: a state is the controls' values, and all of them can move.
export function computed(head, view) {
  const bases = starts(head);
  return {
    start: k => bases[k], values: state => state,
    moved: (state, name, index) => ({ ...state, [name]: head.controls.find(c => c.name === name).values[index] }),
    picture: state => {
      const { data, caption } = view(state);
      return { move: placed(head.spec, data), caption };
    },
  };
}

// The living explorer in root; source is `held` or `computed`.
export function explorer(root, head, source) {
  const { controls, presets } = head, bases = starts(head);
  const panel = element('div', 'sslearn-explorer'), ways = element('div', 'sslearn-ways');
  const panes = element('div', 'sslearn-knobs'), view = element('div'), wide = element('div', 'sslearn-wide');
  const note = element('p', 'sslearn-note'), words = element('p', 'sslearn-words');
  for (const said of [note, words]) said.setAttribute('role', 'status');
  const calm = matchMedia('(prefers-reduced-motion: reduce)');
  let state = source.start(0), play = null, mover = '', past = null;

  // Show the state; an error of a model stands in the caption's place, and the picture stays.
  const put = (how = {}) => {
    const values = source.values(state);
    controls.forEach(c => shown[c.name].put(c.values.indexOf(values[c.name])));
    buttons.forEach((button, k) => {
      const on = controls.every(c => bases[k + 1][c.name] === values[c.name]);
      button.setAttribute('aria-pressed', on);
    });
    if (!how.playing) words.textContent = '';
    try {
      const { move, caption } = source.picture(state);
      picture.show(move, caption, how);
      if (past && controls.some(c => c.apart && past[c.name] !== values[c.name])) picture.forget();
      past = values;
      return [move, caption];
    } catch (error) {
      halt();
      picture.say(String(error), { error: true });
      throw error;
    }
  };
  const go = next => {
    stop();
    note.textContent = '';
    state = next;
    put();
  };
  const moved = (name, index) => {
    const before = source.values(state);
    state = source.moved(state, name, index);
    const after = source.values(state), back = controls.filter(c => c.name !== name && before[c.name] !== after[c.name]);
    const text = back.map(c => `${c.label} is at ${written(c, after[c.name])} again`).join(', ');
    if (text || name !== mover) note.textContent = text && `The page holds only one moved control at a time: ${text}.`;
    mover = name;   // the note stays as long as its control moves on
  };
  const asked = (name, index) => {
    stop();
    moved(name, index);
    put();
  };
  const named = (button, word, control) => {
    button.textContent = word;
    button.setAttribute('aria-label', `${word}: ${control.label}`);
  };
  const halt = () => {
    if (!play) return false;
    cancelAnimationFrame(play.timer);
    named(play.button, 'Play', play.control);
    play = null;
    return true;
  };
  const stop = () => { if (halt()) put(); };
  const toggle = (control, button) => {
    if (play) {
      const same = play.button === button;
      stop();
      if (same) return;
    }
    const last = control.values.length - 1, interval = Math.min(Math.max(WHOLE / last, FASTEST), SLOWEST);
    let at = control.values.indexOf(source.values(state)[control.name]), time = 0;
    if (at === last) at = -1;
    const tick = now => {
      play.timer = requestAnimationFrame(tick);
      const spent = now - time, wait = calm.matches ? Math.max(CALM, interval) : interval;
      if (spent < wait - 4) {   // between two pictures the lines glide
        if (calm.matches || !play.shown) return;
        const [from, caption] = play.shown;
        play.next ||= source.picture(source.moved(state, control.name, at + 1)).move;
        return picture.show(between(head.spec, from, play.next, spent / wait), caption, { playing: true });
      }
      time = now;
      moved(control.name, ++at);
      if (at === last) return stop();
      [play.shown, play.next] = [put({ playing: true }), null];
    };
    named(button, 'Pause', control);
    play = { button, control, timer: requestAnimationFrame(tick) };
  };
  const tell = () => {
    if (words.textContent) return void (words.textContent = '');
    const values = source.values(state), stand = controls.map(c => `${c.label} ${written(c, values[c.name])}`).join('; ');
    words.textContent = `${head.reading} Controls: ${stand}. ${source.picture(state).caption}`;
  };

  const shown = Object.fromEntries(controls.map(control => {
    const extra = [];
    if (control.play) {
      extra.push(pressable('Play', () => toggle(control, extra[0])));
      named(extra[0], 'Play', control);
    }
    return [control.name, knob(control, index => asked(control.name, index), extra)];
  }));
  const buttons = presets.map(([name], k) => pressable(name, () => go(source.start(k + 1))));
  const plain = [pressable('Reset', () => go(source.start(0))), pressable('Describe', tell)];
  plain.forEach(button => button.classList.add('sslearn-plain'));
  ways.append(...buttons, ...plain);
  panes.append(...controls.map(c => shown[c.name].root));
  wide.append(view, note);
  if (matchMedia('(max-width: 600px)').matches) {   // where it scrolls, keys must reach it
    wide.tabIndex = 0;
    wide.setAttribute('role', 'group');
    wide.setAttribute('aria-label', 'picture');
  }
  panel.append(ways, panes, wide, words);
  root.querySelector('figure')?.remove();
  root.prepend(panel);
  const picture = mount(view, {
    still: head.still, spec: head.spec, drags: head.drags,
    dragged: (name, value) => {
      const { values } = controls.find(c => c.name === name);
      const near = values.reduce((a, b, k) => (Math.abs(b - value) < Math.abs(values[a] - value) ? k : a), 0);
      if (source.values(state)[name] !== values[near]) asked(name, near);
    },
  });
  put();
  return { go, asked, values: () => source.values(state) };
}

// The explorer that root names, from the folder in which its file lies; root stays as it is without it.
export async function show(root, base) {
  const name = root.dataset.explorer, link = root.querySelector('.sslearn-go-on');
  let file, source;
  try {
    file = await opened(new URL(`${name}.bin`, base));
    source = file.head.live ? computed(file.head, (await import(new URL(`models/${name}.js`, base))).view) : held(file);
    source.picture(source.start(0));
  } catch (error) {
    const missing = element('p', 'sslearn-go-on', MISSING);
    missing.setAttribute('role', 'status');
    root.append(missing);
    return null;
  }
  const made = explorer(root, file.head, source);
  const text = file.head.live ? 'All controls move together here, and in the notebook: '
    : 'This page holds one moved control at a time; in the notebook all move together: ';
  link?.replaceChildren(text, link.querySelector('a'), '.');
  return made;
}

// Every .sslearn-live of a page, when it comes into view.
export function mountAll(base = import.meta.url) {
  if (!document.getElementById('sslearn-look')) {
    const look = element('style', '', LOOK);
    look.id = 'sslearn-look';
    document.head.append(look);
  }
  const watch = new IntersectionObserver(entries => {
    for (const { isIntersecting, target } of entries) if (isIntersecting) {
      watch.unobserve(target);
      show(target, base);
    }
  }, { rootMargin: '400px' });
  for (const root of document.querySelectorAll('.sslearn-live:not([data-watched])')) {
    root.dataset.watched = '';
    watch.observe(root);
  }
}
