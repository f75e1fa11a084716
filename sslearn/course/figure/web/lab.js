// The picture of an explorer in a notebook: the kernel sends moves, and in Play some frames ahead.

import { mount } from './picture.js';
import { between, unpacked } from './paint.js';
import { keyed, named } from './keys.js';

const LOW = 3;            // frames that are left when the next ones are asked for
const SLOW = 250;         // ms a frame at least, for a reader who wants little motion

// Anywidget gives a model two seconds to load. Where one takes longer, as on a slow or busy
// machine, every later message to it is dropped, so the model hears them by Jupyter's own handler.
async function hearing(model) {
  const real = await model.widget_manager.get_model(model.get('name'));
  const handle = Object.getPrototypeOf(real.constructor.prototype)._handle_comm_msg;
  if (real.comm && handle) real.comm.on_msg(handle.bind(real));
}

export default {
  initialize({ model }) {
    return hearing(model);
  },
  render({ model, el }) {
    const spec = model.get('spec');
    const picture = mount(el, {
      still: model.get('still'), spec, drags: model.get('drags'),
      dragged: (control, value) => model.send({ drag: control, value }),
    });
    const calm = matchMedia('(prefers-reduced-motion: reduce)');
    let play = null, timer = 0;   // play: {token, interval, frames, got, asked, last, time, shown}

    const halt = () => { cancelAnimationFrame(timer); play = null; };
    const put = () => {
      const move = model.get('move');
      if (play && move.k > play.k) halt();
      if (move.error) return picture.say(move.caption, { error: true });
      if (!move.data) return;
      picture.show({ ...unpacked(spec, move.heads, move.data), k: move.k }, move.caption);
      if (!move.ghost) picture.forget();
    };
    const more = () => {
      if (play.last || play.asked === play.got || play.frames.length > LOW) return;
      play.asked = play.got;
      model.send({ more: play.token, got: play.got });
    };
    const tick = time => {
      timer = requestAnimationFrame(tick);
      const interval = calm.matches ? Math.max(SLOW, play.interval) : play.interval;
      const past = time - play.time;
      if (!play.frames.length) return;
      if (past < interval - 4) {
        if (play.shown && !calm.matches) {
          picture.show(between(spec, play.shown[0], play.frames[0][0], past / interval), play.shown[1], { playing: true });
        }
        return;
      }
      play.time = time;
      play.shown = play.frames.shift();
      picture.show(...play.shown, { playing: true });
      more();
      if (play.last && !play.frames.length) { model.send({ played: play.token }); halt(); }
    };
    const hear = (message, buffers) => {
      if (message.play) {
        halt();
        play = { ...message.play, frames: [], got: 0, asked: -1, last: false, time: 0 };
        timer = requestAnimationFrame(tick);
        more();
      } else if (message.frames && play && message.token === play.token && message.at === play.got) {
        message.frames.forEach((frame, i) => {
          play.frames.push([{ ...unpacked(spec, frame.heads, buffers[i]), k: `${play.token}.${play.got + i}` }, frame.caption]);
        });
        play.got += message.frames.length;
        play.last = message.last;
        if (play.last && !message.frames.length && !play.frames.length) { model.send({ played: play.token }); halt(); }
        else more();
      }
    };
    model.on('change:move', put);
    model.on('msg:custom', hear);
    put();
    let undo = [];
    requestAnimationFrame(() => {   // the panel holds this element only after this call
      const panel = el.closest('.sslearn-explorer');
      if (panel) undo = [named(panel), keyed(panel, model.widget_manager, model.get('controls'))];
    });
    return () => {
      halt();
      model.off('change:move', put);
      model.off('msg:custom', hear);
      undo.forEach(f => f());
      picture.close();
    };
  },
};
