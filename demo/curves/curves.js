/* Marks the viewer's step in the curves, and lets hover, click and keys read and choose steps. */
const find = (selector) => element.querySelector(selector);
const charts = () => find('.charts');
const readouts = () => JSON.parse(charts().dataset.readouts);
const nearest = (step) => readouts().reduce((best, one) => (Math.abs(one.step - step) < Math.abs(best.step - step) ? one : best));
let step = Infinity;  // 0 is the upload; beyond the last: the result
const now = () => Math.min(step, Number(charts().dataset.total));

function place(wanted) {
  const { left, right, total } = charts().dataset;
  const x = Number(left) + (right - left) * wanted / total;
  element.querySelectorAll('.at').forEach((line) => { line.setAttribute('x1', x); line.setAttribute('x2', x); });
  find('.readout').textContent = nearest(wanted).text;
}
function mark() {
  if (!charts()) return;
  place(now());
  charts().setAttribute('aria-valuenow', now());
  charts().setAttribute('aria-valuetext', nearest(now()).text);
}
function choose(wanted) {
  step = wanted;
  mark();
  if (step > 0) document.dispatchEvent(new CustomEvent('retinaregen:go', { detail: step - 1 }));
}
function under(event) {
  const svg = event.target.closest('svg');
  if (!svg) return null;
  const box = svg.getBoundingClientRect(), { left, right, total } = charts().dataset;
  const x = (event.clientX - box.left) / box.width * svg.viewBox.baseVal.width;
  return nearest((x - left) / (right - left) * total).step;
}
const MOVES = {
  ArrowLeft: (steps, i) => i - 1, ArrowDown: (steps, i) => i - 1, ArrowRight: (steps, i) => i + 1, ArrowUp: (steps, i) => i + 1,
  Home: () => 0, End: (steps) => steps.length - 1,
};

element.addEventListener('pointermove', (event) => { const at = under(event); if (at !== null) place(at); });
element.addEventListener('pointerout', (event) => { if (charts() && !charts().contains(event.relatedTarget)) mark(); });
element.addEventListener('click', (event) => { const at = under(event); if (at !== null) choose(at); });
element.addEventListener('keydown', (event) => {
  if (event.target !== charts() || !MOVES[event.key]) return;
  const steps = readouts().map((one) => one.step);
  const wanted = MOVES[event.key](steps, steps.indexOf(nearest(now()).step));
  choose(steps[Math.min(Math.max(wanted, 0), steps.length - 1)]);
  event.preventDefault();
});
document.addEventListener('retinaregen:step', (event) => { step = event.detail + 1; mark(); });
watch('value', mark);
mark();
