// The page of one network, which `sslearn.deploy.to_html` writes: a pad for pictures, else a table of numbers.

import { network, unlettered } from './net.js';
import { mount } from './draw.js';
import { numbers } from './numbers.js';
import { Reader } from './reader.js';

// The scores after each step of u, L * d numbers. In the browser's console they are `sslearn.scores(u)`.
function scoresOf(net, u) {
  const L = u.length / net.d, reader = new Reader(net, L);
  reader.put(Float64Array.from(u));
  reader.read();
  return Array.from({ length: L }, (_, t) => [...reader.scores.subarray(t * net.classes, (t + 1) * net.classes)]);
}

export function show(element, spec, letters) {
  let net;
  try {
    net = network({ ...spec, arrays: unlettered(spec.arrays, letters) });
  } catch (error) {
    element.textContent = `The network cannot be shown alive here: ${error.message}.`;
    return;
  }
  window.sslearn = { net, scores: u => scoresOf(net, u) };
  if (spec.side) mount(element, { networks: [{ name: spec.name, net }] });
  else numbers(element, net);
}
