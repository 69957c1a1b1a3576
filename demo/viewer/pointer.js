/* --- pointer: drag moves the picture or the divider, two fingers pinch, the wheel zooms ------------------------- */

const fingers = new Map();
const TREMBLE_PX = 2;  // a finger that taps is never quite still
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
function middle() { const [a, b] = [...fingers.values()]; return [(a.clientX + b.clientX) / 2, (a.clientY + b.clientY) / 2]; }
function pinch(event) {  // what lies between the fingers stays between them
  const [x, y] = middle(), before = spread();
  fingers.set(event.pointerId, event);
  const [newX, newY] = middle();
  pan(newX - x, newY - y);
  zoomTo(view.zoom * spread() / before, newX, newY);
}
stage.addEventListener('pointerdown', (event) => {
  if (!reading) return;
  fingers.set(event.pointerId, event);
  stage.setPointerCapture(event.pointerId);
  stage.focus({ preventScroll: true });
  dragging = fingers.size > 1 ? 'pinch' : onDivider(event) ? 'divider' : 'picture';
  moved = fingers.size > 1;
});
stage.addEventListener('pointermove', (event) => {
  const last = fingers.get(event.pointerId);
  if (!last) return;
  if (fingers.size === 2) pinch(event);
  else fingers.set(event.pointerId, event);
  moved ||= Math.hypot(event.clientX - last.clientX, event.clientY - last.clientY) > TREMBLE_PX;
  stage.classList.add('dragging');
  if (dragging === 'divider') dragDivider(event);
  else if (dragging === 'picture') pan(event.clientX - last.clientX, event.clientY - last.clientY);
});
function lift(event) {
  if (!fingers.delete(event.pointerId)) return;
  if (fingers.size) { dragging = 'picture'; return; }  // one finger of a pinch is left
  stage.classList.remove('dragging');
  if (dragging === 'picture' && !moved && mode() === 'blink' && event.type === 'pointerup') swap();
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
