// Scan stepper of notebook 07: stepper_view of sslearn/course/n07_faces/stepper.py.

const range = (from, to, by = 1) => Array.from({ length: Math.max(0, Math.ceil((to - from) / by)) }, (_, k) => from + k * by);

// The sweeps of a scan: each [name, joins], a join [earlier, later, to] of columns.
function plan(L, way) {
  const spans = range(0, Math.log2(L)).map(k => 2 ** k);
  if (way === 'doubling') return spans.map(d => ['doubling', range(d, L).map(t => [t - d, t, t])]);
  const up = spans.map(d => ['up', range(2 * d - 1, L, 2 * d).map(t => [t - d, t, t])]);
  const down = [...spans].reverse().map(d => ['down', range(2 * d - 1, L, 2 * d).map(t => [t, t - d, t])]);
  return [...up, ...down, ['last', range(0, L).map(t => [t, t, t])]];
}

const combine = ([a1, b1], [a2, b2]) => [a2 * a1, a2 * b1 + b2];

// The pairs and the spans [first, last + 1] that the columns hold after so many sweeps.
function run(inputs, todo, sweeps) {
  let pairs = [...inputs], spans = inputs.map((_, t) => [t, t + 1]);
  todo.slice(0, sweeps).forEach(([name, joins], k) => {
    if (name === 'down' && todo[k - 1][0] === 'up') [pairs[pairs.length - 1], spans[spans.length - 1]] = [[1, 0], [0, 0]];
    const old = [...pairs], span = [...spans];
    for (const [i, j, t] of joins) {
      const [second, end] = name === 'last' ? [inputs[t], t + 1] : [old[j], span[j][1]];
      [pairs[t], spans[t]] = [combine(old[i], second), [span[i][0], end]];
      if (name === 'down') [pairs[j], spans[j]] = [old[i], span[i]];   // The prefix goes left as it is.
    }
  });
  return [pairs, spans];
}

// From where to where the edges of a join go, in the order of the columns; in a down sweep a copy goes left.
function ways([i, j, t], name) {
  const all = [[i, t], [j, t], ...(name === 'down' ? [[i, j]] : [])].sort((p, q) => p[0] - q[0] || p[1] - q[1]);
  return all.filter((p, k) => !k || p.join() !== all[k - 1].join());
}

export function view({ way, L, sweep, a }) {
  const todo = plan(L, way), depth = todo.length, columns = range(0, L), b = columns.map(t => +(t % 5 === 0));
  sweep = Math.min(sweep, depth);
  const [pairs, spans] = run(b.map(u => [a, u]), todo, sweep), held = pairs.map(pair => pair[1]);
  const place = t => (t + 0.5) / L, level = row => -row / depth;
  const lines = { done: [[], []], now: [[], []], todo: [[], []] }, dots = { nodes: [[], []], 'new nodes': [[], []] };
  for (const t of columns) {   // A column is a line from its input to the last sweep.
    lines.todo[0].push(place(t), place(t), NaN);
    lines.todo[1].push(0, -1, 0);
  }
  todo.forEach(([name, joins], k) => {
    const row = k + 1, line = lines[row < sweep ? 'done' : row === sweep ? 'now' : 'todo'];
    for (const join of joins) {
      for (const [start, stop] of ways(join, name)) {
        line[0].push(place(start), place(stop), NaN);
        line[1].push(level(row - 1), level(row), level(row));
      }
      if (row > sweep) continue;
      const dot = dots[row < sweep ? 'nodes' : 'new nodes'];
      dot[0].push(place(join[2]));
      dot[1].push(level(row));
    }
  });
  const counts = todo.map(([, joins]) => joins.length), rows = range(1, depth + 1);
  const ready = columns.filter(t => spans[t][0] === 0 && spans[t][1] === t + 1), loop = [];
  for (const t of columns) loop.push(a * (loop[t - 1] ?? 0) + b[t]);
  const data = {
    ...lines,
    ...dots,
    title: `sweep ${sweep} of ${depth}: ● done, ■ now, thin lines to come`,
    inputs: [columns.map(place), columns.map(() => 0)],
    busy: [counts.map(n => n / L), rows.map(level)],
    'busy now': sweep ? [[counts[sweep - 1] / L], [level(sweep)]] : [[], []],
    true: [columns.map(place), loop],
    held: [columns.map(place), held],
    ready: [ready.map(place), ready.map(t => held[t])],
  };
  let text = `${way}, L = ${L}: sweep ${sweep} of ${depth}`;
  if (sweep) {
    const [name, joins] = todo[sweep - 1], [first, end] = spans[joins[joins.length - 1][2]];
    text += ` (${name}), ${joins.length} combine${joins.length > 1 ? 's' : ''} at once, the last `;
    text += `result covers ${end > first ? `steps ${first} to ${end - 1}` : 'nothing'}`;
  }
  text += `; ${ready.length} of ${L} states finished; ${counts.reduce((m, n) => m + n, 0)} combines in all, `;
  return { data, caption: `${text}where a loop takes ${L - 1} sweeps of one.` };
}
