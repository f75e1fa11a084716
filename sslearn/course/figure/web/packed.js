// Reads the file of an explorer that the library packed: its header, and blocks of 16-bit numbers.

const PARTS = 16, GAP = -32768;   // of a pixel; the number that stands for a gap

// {head, block(k)} of a file; an error if it is missing, cut, or not whole.
export async function opened(url) {
  const answer = await fetch(url);
  if (!answer.ok) throw new Error(`${url}: ${answer.status}`);
  const stream = answer.body.pipeThrough(new DecompressionStream('deflate'));
  const raw = new Uint8Array(await new Response(stream).arrayBuffer());
  const length = new DataView(raw.buffer).getUint32(0, true);
  const head = JSON.parse(new TextDecoder().decode(raw.subarray(4, 4 + length)));
  const firsts = [0];
  for (const size of head.sizes) firsts.push(firsts.at(-1) + size);
  const low = 4 + length, high = low + firsts.at(-1);
  if (raw.length !== high + firsts.at(-1)) throw new Error(`${url}: not whole`);

  // A block is kept as differences d along it, each as 2 d, or as -2 d - 1 if it is negative.
  const block = k => {
    const first = firsts[k], out = new Int16Array(head.sizes[k]);
    for (let j = 0, sum = 0; j < out.length; j++) {
      const folded = raw[low + first + j] | raw[high + first + j] << 8;
      out[j] = sum += (folded >>> 1) ^ -(folded & 1);
    }
    return out;
  };
  return { head, block };
}

// Every state of a file by its row in a table, whose columns are the caption's and two a look.
export function rows({ head, block }) {
  const columns = [];
  const at = (k, row) => (columns[k] ||= new Uint16Array(block(k).buffer))[row];
  const line = (x, y) => {
    const xy = new Float32Array(2 * x.length);
    [x, y].forEach((axis, k) => axis.forEach((v, j) => { xy[k * x.length + j] = v === GAP ? NaN : v / PARTS; }));
    return xy;
  };
  const picture = row => {
    const heads = [], arrays = [];
    head.spec.looks.forEach((look, i) => {
      const [one, two] = [at(1 + 2 * i, row), at(2 + 2 * i, row)];
      if (look.kind === 'text') {
        heads.push({ text: head.texts[one], at: look.at });
        arrays.push(null);
      } else if (look.kind === 'image') {
        const [rows, cols, box] = head.images[one];
        const colours = Uint32Array.from(head.palettes[look.name]);
        const pixels = Uint32Array.from(block(two), k => colours[k]);
        heads.push({ rows, cols, box });
        arrays.push(new Uint8ClampedArray(pixels.buffer));
      } else {
        const x = block(one);
        heads.push({ n: x.length });
        arrays.push(line(x, block(two)));
      }
    });
    return { move: { heads, arrays }, caption: head.captions[at(0, row)] };
  };
  return { picture };
}

// The values of the default, then of each preset: from these starts one control is moved.
export function starts(head) {
  const plain = Object.fromEntries(head.controls.map(c => [c.name, c.value]));
  return [plain, ...head.presets.map(([, values]) => ({ ...plain, ...values }))];
}

// What a page shows from a packed file. A state is {start, name, index}: one control has moved from a start.
export function held(file) {
  const { controls } = file.head, bases = starts(file.head), { picture } = rows(file);
  const firsts = {};
  let each = 0;
  for (const control of controls) {
    firsts[control.name] = each;
    each += control.values.length;
  }
  const values = ({ start, name, index }) => ({
    ...bases[start], [name]: controls.find(c => c.name === name).values[index],
  });
  const start = k => {
    const [{ name, values: all }] = controls;
    return { start: k, name, index: all.indexOf(bases[k][name]) };
  };
  // The nearest state in which the control stands there: as many others as can be stay where they are.
  const moved = (state, name, index) => {
    const wanted = values(state), order = [state.start, ...bases.keys()];
    const kept = k => controls.filter(c => c.name !== name && bases[k][c.name] === wanted[c.name]).length;
    const best = order.reduce((a, b) => (kept(b) > kept(a) ? b : a));
    return { start: best, name, index };
  };
  return {
    start, values, moved,
    picture: ({ start: k, name, index }) => picture(k * each + firsts[name] + index),
  };
}
