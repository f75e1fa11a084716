// Names and keys for the sliders of a panel, which a notebook's own code leaves out.

const STEPS = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1, PageUp: 5, PageDown: -5 };

// A slider's handle and read-out have no name of their own: it stands beside them. They are drawn after us.
export function named(panel) {
  let left = 40;
  const timer = setInterval(() => {
    for (const slider of panel.querySelectorAll('.widget-slider')) {
      const label = slider.querySelector('.widget-label'), knob = slider.querySelector('.noUi-handle');
      const readout = slider.querySelector('.widget-readout');
      if (!label || !knob) continue;
      knob.setAttribute('aria-label', label.textContent);
      readout?.setAttribute('role', 'textbox');
      readout?.setAttribute('aria-label', `${label.textContent}, value`);
      left = 0;
    }
    if (--left < 0) clearInterval(timer);
  }, 250);
  return () => clearInterval(timer);
}

// Jupyter Notebook takes the arrow keys before a slider sees them, so that they are taken before Notebook
// sees them. controls: {label: the id of a slider's model}. JupyterLab leaves them to the slider.
export function keyed(panel, manager, controls) {
  if (!document.body.dataset.notebook) return () => {};
  const take = async event => {
    const knob = event.target.closest?.('.noUi-handle'), step = STEPS[event.key];
    if (!knob || !step || !panel.contains(knob) || event.ctrlKey || event.altKey || event.metaKey) return;
    event.stopImmediatePropagation();
    event.preventDefault();
    const slider = await manager.get_model(controls[knob.getAttribute('aria-label')]);
    const value = slider.get('value') + step * slider.get('step');
    slider.set('value', Math.min(slider.get('max'), Math.max(slider.get('min'), value)));
    slider.save_changes();
  };
  window.addEventListener('keydown', take, true);
  return () => window.removeEventListener('keydown', take, true);
}
