/* --- commands ------------------------------------------------------------------------------------------------- */

function restoreInputs() {
  ['brightness', 'contrast', 'gain', 'wipe', 'opacity', 'overlay'].forEach((name) => { find('.' + name).value = view[name]; });
  find('.eye').value = view.eye;
  sayWipe();
}
const sayWipe = () => find('input.wipe').setAttribute('aria-valuetext', Math.round(view.wipe) + ' %');
function setWipe(percent) {
  view.wipe = clamp(percent, 0, 100);
  find('input.wipe').value = view.wipe;
  sayWipe();
  paint();
}
function nextOverlay() {
  const menu = find('.overlay');
  menu.selectedIndex = (menu.selectedIndex + 1) % menu.options.length;
  view.overlay = menu.value;
  paint();
}
const named = (stem) => stem + (view.eye && '_' + view.eye) + '.png';
const COMMANDS = {
  'zoom-in': () => zoomTo(view.zoom * 1.25),
  'zoom-out': () => zoomTo(view.zoom / 1.25),
  fit: () => { Object.assign(view, FIT); paint(); },
  actual: () => zoomTo(oneToOne()),
  reset: () => { Object.assign(view, FIT, LIGHT, { channel: 'colour' }); restoreInputs(); paint(); },
  'full-screen': () => document.fullscreenEnabled && (document.fullscreenElement ? document.exitFullscreen() : root.requestFullscreen()),
  keys: () => find('.help').showModal(),
  play: () => play(!playing),
  download: () => saveCopy(reading.restored, named('retinaregen_restored')),
  original: () => saveCopy(reading.photograph, named(reading.damaged ? 'retinaregen_damaged' : 'retinaregen_original')),
  anyway: () => offerRestored(!root.classList.contains('anyway')),
};
const toggleChannel = (name) => { view.channel = view.channel === name ? 'colour' : name; paint(); };
const setMode = (name) => { view.mode = name; paint(); };
const KEYS = {
  w: () => setMode('wipe'), s: () => setMode('side'), b: () => setMode('blink'), d: () => setMode('difference'),
  x: swap, g: () => toggleChannel('green'), i: () => toggleChannel('inverted'),
  '+': COMMANDS['zoom-in'], '=': COMMANDS['zoom-in'], '-': COMMANDS['zoom-out'], 0: COMMANDS.fit, 1: COMMANDS.actual,
  '[': () => showStep(index - 1), ']': () => showStep(index + 1), home: () => showStep(0), end: () => showStep(stack.children.length - 1),
  o: nextOverlay, p: COMMANDS.play, f: COMMANDS['full-screen'], '?': COMMANDS.keys,
  escape: () => document.querySelector('#cancel:not(:disabled)') && trigger('abandon'),
};
const ARROWS = { ArrowLeft: [1, 0], ArrowRight: [-1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };

element.addEventListener('keydown', (event) => {
  const typing = event.target.tagName === 'INPUT';
  if (event.target.tagName === 'SELECT') return;  // a letter there chooses
  if (event.ctrlKey || event.metaKey || event.altKey || find('.help').open || !reading || opening) return;
  const arrow = ARROWS[event.key];
  if (arrow && !typing && event.target === stage) {
    if (event.shiftKey) setWipe(view.wipe - arrow[0] * 2);
    else pan(arrow[0] * 40, arrow[1] * 40);
  } else if (!arrow && !(typing && ['Home', 'End'].includes(event.key)) && KEYS[event.key.toLowerCase()]) {
    KEYS[event.key.toLowerCase()]();
  } else return;
  event.preventDefault();
});
find('[data-do="full-screen"]').hidden = !document.fullscreenEnabled;  // an iPhone shows films alone in full
// The button that began the run is disabled, so the focus of a keyboard is nowhere; a menu closes with the same key.
document.addEventListener('keydown', (event) => {
  const nowhere = [document.body, ...document.querySelectorAll('#restore, #cancel')].includes(document.activeElement);
  if (event.key === 'Escape' && nowhere && !document.querySelector('.languages[open]') && reading) KEYS.escape();
});
element.addEventListener('click', (event) => {
  const button = event.target.closest('button');
  if (button?.dataset.mode) setMode(button.dataset.mode);
  else if (button?.dataset.channel) { view.channel = button.dataset.channel; paint(); }
  else if (button?.dataset.do && (reading || button.dataset.do === 'keys')) { event.preventDefault(); COMMANDS[button.dataset.do](); }
});
element.addEventListener('input', (event) => {
  const name = event.target.className, value = event.target.value;
  if (name === 'step') { play(false); showStep(Number(value)); }
  else if (name === 'wipe') setWipe(Number(value));
  else if (name === 'against') { view.against = value; showLeft(); paint(); }
  else { view[name] = ['eye', 'overlay'].includes(name) ? value : Number(value); paint(); }
});
