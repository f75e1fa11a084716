// The controls of an explorer as the page's own elements. A control stands at an index of its values.

let knobs = 0;

export function element(kind, name, text = '') {
  const made = document.createElement(kind);
  if (name) made.className = name;
  made.textContent = text;
  return made;
}

export function pressable(text, action) {
  const made = element('button', '', text);
  made.type = 'button';
  made.addEventListener('click', action);
  return made;
}

// How a value of a control is written.
export function written(control, value) {
  return control.kind === 'slider' ? value.toFixed(control.digits) : String(value);
}

const kinds = {
  slider(control, asked) {
    const input = element('input'), output = element('output');
    Object.assign(input, { type: 'range', min: 0, max: control.values.length - 1, step: 1 });
    output.setAttribute('aria-live', 'off');   // the slider says its value itself
    input.addEventListener('input', () => asked(Number(input.value)));
    const put = index => {
      const text = written(control, control.values[index]);
      input.value = index;
      input.setAttribute('aria-valuetext', text);
      output.textContent = text;
    };
    return { input, output, put };
  },
  choice(control, asked) {
    const input = element('select');
    control.values.forEach(value => input.append(element('option', '', String(value))));
    input.addEventListener('change', () => asked(input.selectedIndex));
    return { input, put: index => { input.selectedIndex = index; } };
  },
  toggle(control, asked) {
    const input = element('input');
    input.type = 'checkbox';
    input.addEventListener('change', () => asked(control.values.indexOf(input.checked)));
    return { input, put: index => { input.checked = control.values[index]; } };
  },
};

// {root, put(index)}: a control that says where it is asked to go; extra stands beside it.
export function knob(control, asked, extra = []) {
  const { input, output, put } = kinds[control.kind](control, asked);
  const root = element('div', `sslearn-knob sslearn-${control.kind}`), label = element('label', '', control.label);
  input.id = `sslearn-knob-${++knobs}`;
  label.htmlFor = input.id;
  if (output) output.htmlFor = input.id;
  root.append(label, ...(output ? [output] : []), input, ...extra);
  const moved = on => root.classList.toggle('sslearn-moved', on);
  return { root, put: index => { put(index); moved(control.values[index] !== control.value); } };
}
