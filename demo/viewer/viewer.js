/* The reading viewer. Gradio calls this once with: element, props, trigger, watch. Python only ever sets props.value. */
const words = props.words;
const find = (selector) => element.querySelector(selector);
const all = (selector) => [...element.querySelectorAll(selector)];
const clamp = (value, low, high) => Math.min(high, Math.max(low, value));
const root = find('.viewer'), stage = find('.stage'), stack = find('.stack'), strip = find('.strip');
const calm = window.matchMedia('(prefers-reduced-motion: reduce)');
const MAX_ZOOM = 16, BLINK_MS = 700, PLAY_MS = 350, GRIP_PX = 24, COMPARISON_PX = 2048;

const LIGHT = { brightness: 100, contrast: 100, gain: 4 };
const FIT = { zoom: 1, x: 0.5, y: 0.5 };
const view = { mode: 'wipe', channel: 'colour', wipe: 50, swapped: false, eye: '', against: 'photograph', ...FIT, ...LIGHT };
let reading = null;   // what is shown
let kept = null;      // the last reading that was not a running one: cancelling comes back to it
let index = -1;       // the step that is shown
let restored = null;  // { path, blob: a promise }: the final picture, kept in the browser after the server deletes it
let blinking = 0, playing = 0;

/* --- geometry: (view.x, view.y) is the point of the picture, in shares of its size, that lies in a pane's centre --- */

function panes() { return view.mode === 'side' ? all('.pane') : [find('.pane.a')]; }
function fitScale() {
  const { clientWidth, clientHeight } = panes()[0];
  return Math.min(clientWidth / reading.width, clientHeight / reading.height);
}
function scale() { return fitScale() * view.zoom; }
function oneToOne() { return 1 / (fitScale() * devicePixelRatio); }  // a picture pixel is a screen pixel
function zoomTo(zoom, clientX, clientY) {
  if (!reading) return;
  const before = scale();
  view.zoom = clamp(zoom, Math.min(1, oneToOne()), Math.max(1, MAX_ZOOM * oneToOne()));
  if (clientX !== undefined) {  // the point under the pointer stays under it
    const pane = panes().map((p) => p.getBoundingClientRect()).find((r) => clientX <= r.right && clientY <= r.bottom);
    if (pane) {
      const change = 1 / before - 1 / scale();
      view.x += (clientX - pane.left - pane.width / 2) * change / reading.width;
      view.y += (clientY - pane.top - pane.height / 2) * change / reading.height;
    }
  }
  paint();
}
function pan(dx, dy) {
  view.x -= dx / (scale() * reading.width);
  view.y -= dy / (scale() * reading.height);
  paint();
}
function keepInside() {
  const { clientWidth, clientHeight } = panes()[0];
  const half = (pane, size) => Math.min(0.5, pane / (2 * scale() * size));
  const hx = half(clientWidth, reading.width), hy = half(clientHeight, reading.height);
  view.x = clamp(view.x, hx, 1 - hx);
  view.y = clamp(view.y, hy, 1 - hy);
}

/* --- painting ------------------------------------------------------------------------------------------------- */

function hasResult() { return Boolean(reading && (reading.frames.length || reading.restored)); }
function mode() { return hasResult() ? view.mode : 'wipe'; }
function placeWorlds() {
  for (const pane of all('.pane')) {
    const world = pane.firstElementChild, s = scale();
    world.style.width = reading.width + 'px';
    world.style.height = reading.height + 'px';
    const x = Math.round(pane.clientWidth / 2 - view.x * reading.width * s);
    const y = Math.round(pane.clientHeight / 2 - view.y * reading.height * s);
    world.style.transform = 'translate(' + x + 'px,' + y + 'px) scale(' + s + ')';
    world.classList.toggle('sharp', s * devicePixelRatio >= 4);
  }
}
function filterPanes() {
  const channel = view.channel === 'colour' ? '' : 'url(#rr-' + view.channel + ') ';
  const light = 'brightness(' + view.brightness + '%) contrast(' + view.contrast + '%)';
  all('.pane').forEach((pane) => { pane.style.filter = channel + light; });
  find('.layer').style.filter = mode() === 'difference' ? 'brightness(' + view.gain + ')' : '';
}
function showMarks() {
  const eye = view.eye ? ' · ' + view.eye : '';
  const left = (view.against === 'reference' ? words.reference_mark : words.original_mark) + eye;
  const right = words.restored_mark + eye;
  const blink = mode() === 'blink';
  find('.left-mark').textContent = !reading || (blink && !view.swapped) ? '' : mode() === 'difference' ? words.difference_mark + ' ×' + view.gain + eye : left;
  find('.right-mark').textContent = !hasResult() || (blink && view.swapped) ? '' : right;
}
function pressButtons() {
  all('[data-mode][aria-pressed]').forEach((b) => b.setAttribute('aria-pressed', b.dataset.mode === view.mode));
  all('[data-channel][aria-pressed]').forEach((b) => b.setAttribute('aria-pressed', b.dataset.channel === view.channel));
  find('.percent').textContent = reading ? Math.round(scale() * devicePixelRatio * 100) + ' %' : '–';
}
function runBlink() {
  const wanted = mode() === 'blink' && hasResult() && !calm.matches;
  root.classList.toggle('still', calm.matches);
  if (wanted && !blinking) blinking = setInterval(swap, BLINK_MS);
  if (!wanted) { clearInterval(blinking); blinking = 0; if (mode() !== 'blink') view.swapped = false; }
}
function paint() {
  root.dataset.mode = mode();
  root.dataset.channel = view.channel;
  root.dataset.phase = reading ? reading.phase : 'empty';
  stage.firstElementChild.classList.toggle('stacked', stage.clientWidth < stage.clientHeight);
  if (reading) {
    keepInside();
    placeWorlds();
    filterPanes();
  }
  stage.classList.toggle('zoomed', view.zoom > 1);
  const right = find('.pane.b');
  right.style.clipPath = mode() === 'wipe' && hasResult() ? 'inset(0 0 0 ' + view.wipe + '%)' : '';
  right.classList.toggle('hidden', !hasResult() || (mode() === 'blink' && view.swapped));
  find('.line').style.left = view.wipe + '%';
  runBlink();
  showMarks();
  pressButtons();
}
function swap() { view.swapped = !view.swapped; paint(); }

/* --- steps ---------------------------------------------------------------------------------------------------- */

function showStep(wanted) {
  const last = stack.children.length - 1;
  index = clamp(wanted, 0, last);
  [...stack.children].forEach((image, i) => image.classList.toggle('shown', i === index));
  [...strip.children].forEach((image, i) => image.classList.toggle('shown', i === index));
  const slider = find('input.step'), caption = reading.captions[index] || '';
  slider.max = Math.max(last, 0);
  slider.value = index;
  slider.setAttribute('aria-valuetext', caption);
  find('.caption').textContent = caption;
  strip.children[index]?.scrollIntoView?.({ block: 'nearest', inline: 'nearest' });
}
function play(on) {
  clearInterval(playing);
  playing = 0;
  find('[data-do="play"]').textContent = on ? words.pause : words.play;
  if (!on) return;
  if (index >= stack.children.length - 1) showStep(0);
  playing = setInterval(() => {
    if (index >= stack.children.length - 1) play(false);
    else showStep(index + 1);
  }, PLAY_MS);
}

/* --- receiving pictures --------------------------------------------------------------------------------------- */

function picture(url, whole) {
  const image = new Image();
  image.alt = '';
  image.draggable = false;
  image.className = whole ? 'whole' : 'frame';
  image.src = url;
  if (!whole) {  // a step is a square at working size: laid over the photograph where it was cut out
    const [left, top, side] = reading.square;
    Object.assign(image.style, { left: left + 'px', top: top + 'px', width: side + 'px', height: side + 'px' });
  }
  return image;
}
function syncStack() {
  const urls = reading.frames.map((frame) => frame.url);
  if (reading.restored) urls[Math.max(urls.length - 1, 0)] = reading.restored.url;  // the last step, pasted back
  while (stack.children.length > urls.length) { stack.lastChild.remove(); strip.lastChild.remove(); }
  urls.forEach((url, i) => {
    if (stack.children[i]?.dataset.url === url) return;
    const image = picture(url, Boolean(reading.restored) && i === urls.length - 1);
    const thumb = new Image();
    thumb.alt = '';
    thumb.src = (reading.frames[i] || reading.restored).url;
    thumb.onclick = () => showStep(i);
    image.dataset.url = url;
    if (stack.children[i]) { stack.children[i].replaceWith(image); strip.children[i].replaceWith(thumb); }
    else { stack.append(image); strip.append(thumb); }
  });
}
function keepRestored() {
  if (!reading.restored) restored = null;
  else if (restored?.path !== reading.restored.path) {
    restored = { path: reading.restored.path, blob: fetch(reading.restored.url).then((answer) => answer.blob()) };
  }
}
function showLeft() {
  if (view.against === 'reference' && !reading.reference) view.against = 'photograph';
  find('.against').value = view.against;
  const url = reading[view.against].url, left = find('img.left'), backdrop = find('.backdrop');
  if (left.getAttribute('src') !== url) left.src = url;
  if (backdrop.getAttribute('src') !== reading.photograph.url) backdrop.src = reading.photograph.url;
}
function show(next) {
  const fresh = reading?.photograph.path !== next.photograph.path;
  reading = next;
  if (fresh) { Object.assign(view, FIT, LIGHT, { wipe: 50, against: 'photograph', eye: '' }); restoreInputs(); }
  showLeft();
  syncStack();
  keepRestored();
  root.classList.toggle('has-result', hasResult());
  root.classList.toggle('has-steps', reading.frames.length > 0);
  root.classList.toggle('has-restored', Boolean(reading.restored));
  root.classList.toggle('has-reference', Boolean(reading.reference));
  if (stack.children.length) showStep(stack.children.length - 1);
  play(false);
  paint();
}
function receive() {
  const value = props.value;
  if (!value) return;
  if (value.phase === 'abandoned') { if (kept) show(kept); return; }
  if (value.phase !== 'live') kept = value;
  show(value);
}

/* --- downloads ------------------------------------------------------------------------------------------------ */

function save(blob, name) {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}
function saveComparison() {
  const shrink = Math.min(1, COMPARISON_PX / Math.max(reading.width, reading.height));
  const w = Math.round(reading.width * shrink), h = Math.round(reading.height * shrink), band = Math.max(28, Math.round(w * 0.05));
  const canvas = Object.assign(document.createElement('canvas'), { width: 2 * w, height: h + 2 * band });
  const pen = canvas.getContext('2d'), eye = view.eye ? ' · ' + view.eye : '';
  pen.fillRect(0, 0, canvas.width, canvas.height);
  pen.drawImage(find('.backdrop'), 0, band, w, h);
  pen.drawImage(stack.lastChild, w, band, w, h);
  pen.fillStyle = '#fff';
  pen.textBaseline = 'middle';
  pen.font = '600 ' + Math.round(band * 0.5) + 'px system-ui, sans-serif';
  pen.fillText(words.original_mark + eye, band / 2, band / 2);
  pen.fillText(words.restored_mark + eye, w + band / 2, band / 2);
  pen.font = Math.round(band * 0.4) + 'px system-ui, sans-serif';
  pen.fillText(reading.mark, band / 2, h + 1.5 * band, canvas.width - band);
  canvas.toBlob((blob) => save(blob, 'retinaregen_comparison.png'), 'image/png');
}

/* --- commands ------------------------------------------------------------------------------------------------- */

function restoreInputs() {
  ['brightness', 'contrast', 'gain', 'wipe'].forEach((name) => { find('input.' + name).value = view[name]; });
  find('.eye').value = view.eye;
}
function setWipe(percent) {
  view.wipe = clamp(percent, 0, 100);
  find('input.wipe').value = view.wipe;
  find('input.wipe').setAttribute('aria-valuetext', Math.round(view.wipe) + ' %');
  paint();
}
const COMMANDS = {
  'zoom-in': () => zoomTo(view.zoom * 1.25),
  'zoom-out': () => zoomTo(view.zoom / 1.25),
  fit: () => { Object.assign(view, FIT); paint(); },
  actual: () => zoomTo(oneToOne()),
  reset: () => { Object.assign(view, FIT, LIGHT, { channel: 'colour' }); restoreInputs(); paint(); },
  'full-screen': () => (document.fullscreenElement ? document.exitFullscreen() : root.requestFullscreen()),
  keys: () => find('.help').showModal(),
  play: () => play(!playing),
  download: async () => restored && save(await restored.blob, 'retinaregen_restored.png'),
  comparison: saveComparison,
};
const toggleChannel = (name) => { view.channel = view.channel === name ? 'colour' : name; paint(); };
const setMode = (name) => { view.mode = name; paint(); };
const KEYS = {
  w: () => setMode('wipe'), s: () => setMode('side'), b: () => setMode('blink'), d: () => setMode('difference'),
  x: swap, g: () => toggleChannel('green'), i: () => toggleChannel('inverted'),
  '+': COMMANDS['zoom-in'], '=': COMMANDS['zoom-in'], '-': COMMANDS['zoom-out'], 0: COMMANDS.fit, 1: COMMANDS.actual,
  '[': () => showStep(index - 1), ']': () => showStep(index + 1), home: () => showStep(0), end: () => showStep(stack.children.length - 1),
  p: COMMANDS.play, f: COMMANDS['full-screen'], '?': COMMANDS.keys,
  escape: () => reading.phase === 'live' && trigger('abandon'),
};
const ARROWS = { ArrowLeft: [1, 0], ArrowRight: [-1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };

element.addEventListener('keydown', (event) => {
  const typing = ['INPUT', 'SELECT'].includes(event.target.tagName);
  if (event.ctrlKey || event.metaKey || event.altKey || find('.help').open || !reading) return;
  const arrow = ARROWS[event.key];
  if (arrow && !typing && event.target === stage) {
    if (event.shiftKey) setWipe(view.wipe - arrow[0] * 2);
    else pan(arrow[0] * 40, arrow[1] * 40);
  } else if (!arrow && !(typing && ['Home', 'End'].includes(event.key)) && KEYS[event.key.toLowerCase()]) {
    KEYS[event.key.toLowerCase()]();
  } else return;
  event.preventDefault();
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
  else { view[name] = name === 'eye' ? value : Number(value); paint(); }
});

/* --- pointer: drag moves the picture or the divider, two fingers pinch, the wheel zooms ------------------------- */

const fingers = new Map();
let dragging = null, moved = false;
function onDivider(event) {
  const box = stage.getBoundingClientRect(), line = box.left + box.width * view.wipe / 100;
  return mode() === 'wipe' && hasResult() && (view.zoom === 1 || Math.abs(event.clientX - line) < GRIP_PX);
}
function dragDivider(event) {
  const box = stage.getBoundingClientRect();
  setWipe(100 * (event.clientX - box.left) / box.width);
}
function spread() { const [a, b] = [...fingers.values()]; return Math.hypot(a.clientX - b.clientX, a.clientY - b.clientY); }
stage.addEventListener('pointerdown', (event) => {
  if (!reading) return;
  fingers.set(event.pointerId, event);
  stage.setPointerCapture(event.pointerId);
  stage.focus({ preventScroll: true });
  dragging = fingers.size > 1 ? 'pinch' : onDivider(event) ? 'divider' : 'picture';
  moved = false;
});
stage.addEventListener('pointermove', (event) => {
  const last = fingers.get(event.pointerId);
  if (!last) return;
  const before = fingers.size === 2 ? spread() : 0;
  fingers.set(event.pointerId, event);
  moved = true;
  stage.classList.add('dragging');
  if (dragging === 'divider') dragDivider(event);
  else if (dragging === 'picture') pan(event.clientX - last.clientX, event.clientY - last.clientY);
  else if (fingers.size === 2) zoomTo(view.zoom * spread() / before, event.clientX, event.clientY);
});
function lift(event) {
  if (!fingers.delete(event.pointerId)) return;
  stage.classList.remove('dragging');
  if (dragging === 'picture' && !moved && mode() === 'blink') swap();
  dragging = null;
}
stage.addEventListener('pointerup', lift);
stage.addEventListener('pointercancel', lift);
stage.addEventListener('dblclick', (event) => (view.zoom > 1 ? COMMANDS.fit() : zoomTo(4, event.clientX, event.clientY)));
stage.addEventListener('wheel', (event) => {
  if (!reading) return;
  event.preventDefault();
  zoomTo(view.zoom * Math.exp(-event.deltaY / 400), event.clientX, event.clientY);
}, { passive: false });

calm.addEventListener('change', paint);
new ResizeObserver(paint).observe(stage);
watch('value', receive);
receive();
paint();
