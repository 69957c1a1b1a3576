/* The reading viewer. Gradio calls this once with: element, props, trigger, watch. Python only ever sets props.value. */
const words = props.words;
const find = (selector) => element.querySelector(selector);
const all = (selector) => [...element.querySelectorAll(selector)];
const clamp = (value, low, high) => Math.min(high, Math.max(low, value));
const root = find('.viewer'), stage = find('.stage'), stack = find('.stack'), strip = find('.strip');
const narrow = window.matchMedia('(max-width: 1000px)');
const calm = window.matchMedia('(prefers-reduced-motion: reduce)');
const MAX_ZOOM = 16, BLINK_MS = 700, PLAY_MS = 350, GRIP_PX = 24;

const LIGHT = { brightness: 100, contrast: 100, gain: 2, opacity: 70, overlay: '' };
const FIT = { zoom: 1, x: 0.5, y: 0.5 };
const view = { mode: 'wipe', channel: 'colour', wipe: 50, swapped: false, eye: '', against: 'photograph', ...FIT, ...LIGHT };
let reading = null;   // what is shown
let kept = null;      // the last reading that was not a running one: cancelling comes back to it
let opening = false;  // another photograph is: all is hidden, and comes back if it cannot be opened
let index = -1;       // the step that is shown
let noReference = false;  // it could not be loaded
let blinking = 0, playing = 0;

/* --- geometry: (view.x, view.y) is the point of the picture, in shares of its size, that lies in a pane's centre --- */

function panes() { return mode() === 'side' ? all('.layer .pane') : [find('.layer .pane.a')]; }
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
  const [left, top, side] = reading.square, inside = view.channel === 'inverted' && copied(reading.inside);
  const mask = inside ? 'url("' + inside + '") ' + left + 'px ' + top + 'px / ' + side + 'px ' + side + 'px no-repeat' : '';
  all('.layer .world').forEach((world) => { world.style.mask = mask; });  // a white surround would dazzle
  const channel = view.channel === 'colour' ? '' : 'url(#rr-' + view.channel + ') ';
  const measured = mode() === 'difference';  // its scale holds for the pictures as they are
  const light = measured ? '' : 'brightness(' + view.brightness + '%) contrast(' + view.contrast + '%)';
  all('.layer .pane').forEach((pane) => { pane.style.filter = channel + light; });
  find('.layer').style.filter = measured ? 'brightness(' + view.gain + ')' : '';
}
function shownOverlay() {  // a legend over a picture without its colours would say that nothing was changed
  const chosen = reading?.overlays.find((overlay) => overlay.name === view.overlay);
  return chosen && parts(chosen).every(copied) ? chosen : null;
}
function showOverlay() {
  const overlay = shownOverlay(), [left, top, side] = reading.square;
  root.classList.toggle('has-overlay', Boolean(overlay));
  all('.tint').forEach((tint, right) => {
    if (!overlay) { tint.removeAttribute('src'); return; }
    const url = copied((right && overlay.restored) || overlay.picture);
    if (tint.getAttribute('src') !== url) tint.src = url;
    Object.assign(tint.style, { left: left + 'px', top: top + 'px', width: side + 'px', height: side + 'px', opacity: view.opacity / 100 });
  });
  if (overlay) {
    find('.legend-text').textContent = overlay.legend;
    find('.ramp').style.background = overlay.ramp;
    find('.ramp').hidden = !overlay.ramp;
  }
}
/* The overlay lies above all filters; each half of it is seen exactly where its picture is. */
function clipTints() {
  const [left, right] = all('.tints .pane'), two = hasResult(), over = shownOverlay()?.over;
  const leftSeen = !two || { wipe: true, side: true, blink: view.swapped }[mode()];
  left.style.clipPath = two && mode() === 'wipe' ? 'inset(0 ' + (100 - view.wipe) + '% 0 0)' : '';
  left.classList.toggle('hidden', !leftSeen || over === 'restored' || view.against === 'reference');  // maps are of the original
  right.style.clipPath = find('.layer .pane.b').style.clipPath;
  right.classList.toggle('hidden', find('.layer .pane.b').classList.contains('hidden') || over === 'original');
}
function showMarks() {
  const eye = view.eye ? ' · ' + view.eye : '';
  const shown = view.against === 'reference' ? 'reference_mark' : reading?.damaged ? 'damaged_mark' : 'original_mark';
  const left = words[shown] + eye, difference = words['difference_' + shown];
  const right = words.restored_mark + eye;
  const blink = mode() === 'blink';
  find('.left-mark').textContent = !reading || (blink && !view.swapped) ? '' : mode() === 'difference' ? difference + ' ×' + view.gain + ' · ' + words.difference_scale + ' ' + Math.round(255 / view.gain) + ' / 255' + eye : left;
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
  root.dataset.against = view.against;
  root.dataset.phase = opening ? 'opening' : reading ? reading.phase : 'empty';
  all('.layer, .tints').forEach((part) => part.classList.toggle('stacked', stage.clientWidth < stage.clientHeight));
  if (reading) {
    keepInside();
    placeWorlds();
    filterPanes();
  }
  stage.classList.toggle('zoomed', view.zoom > 1);
  const right = find('.layer .pane.b');
  right.style.clipPath = mode() === 'wipe' && hasResult() ? 'inset(0 0 0 ' + view.wipe + '%)' : '';
  right.classList.toggle('hidden', !hasResult() || (mode() === 'blink' && view.swapped));
  if (reading) { showOverlay(); clipTints(); }
  find('.line').style.left = view.wipe + '%';
  runBlink();
  showMarks();
  pressButtons();
}
function swap() { view.swapped = !view.swapped; paint(); }
