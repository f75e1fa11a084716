// The page of one network, which `sslearn.deploy.to_html` writes: a pad for pictures, else a table of numbers.

import { network, unlettered } from './net.js';
import { mount } from './draw.js';
import { numbers } from './numbers.js';

export function show(element, spec, letters) {
  let net;
  try {
    net = network({ ...spec, arrays: unlettered(spec.arrays, letters) });
  } catch (error) {
    element.textContent = `The network cannot be shown alive here: ${error.message}.`;
    return;
  }
  if (spec.side) mount(element, { networks: [{ name: spec.name, net }] });
  else numbers(element, net);
}
