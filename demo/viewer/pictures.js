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
  if (reading.phase === 'done') document.dispatchEvent(new CustomEvent('retinaregen:step', { detail: index }));
  const thumb = strip.children[index];  // the strip moves, never the page
  if (thumb) strip.scrollLeft = thumb.offsetLeft - strip.offsetLeft - (strip.clientWidth - thumb.offsetWidth) / 2;
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

/* --- copies: what is looked at or saved later is fetched on arrival, while the server still has it ------------------- */

const copies = new Map();  // path -> { blob: a promise of it or of null, url: its address once it is here, lost }
const copied = (image) => copies.get(image?.path)?.url;
const lost = (image) => copies.get(image?.path)?.lost;
const parts = (overlay) => [overlay.picture, overlay.restored].filter(Boolean);
function worthKeeping(value) {  // the two pictures that can be saved, and small maps
  if (!value) return [];
  const saved = [value.restored, value.warnings.length ? value.photograph : null];
  return [...saved, value.inside, ...value.overlays.flatMap(parts)].filter(Boolean);
}
function keepCopies() {
  const images = [...worthKeeping(kept), ...worthKeeping(reading)], paths = images.map((image) => image.path);
  for (const [path, copy] of copies) {
    if (!paths.includes(path)) { URL.revokeObjectURL(copy.url); copies.delete(path); }
  }
  images.forEach((image) => { if (!copies.has(image.path)) fetchCopy(image); });
}
function fetchCopy(image) {
  const copy = { url: '', lost: false };
  copies.set(image.path, copy);
  copy.blob = fetch(image.url).then((answer) => (answer.ok ? answer.blob() : null)).catch(() => null);
  copy.blob.then((blob) => {
    if (copies.get(image.path) !== copy) return;  // let go meanwhile
    if (blob) copy.url = URL.createObjectURL(blob);
    else { copy.lost = true; listOverlays(); sayLost(); }
    paint();
  });
}
async function saveCopy(image, name) {
  const blob = await copies.get(image?.path)?.blob;
  if (blob) save(blob, name);
}
function sayLost() {
  const names = reading.overlays.filter((overlay) => parts(overlay).some(lost)).map((overlay) => overlay.title);
  if (lost(reading.restored)) names.push(words.restored_alt);
  if (lost(reading.photograph)) names.push(words.original_alt);
  if (noReference) names.push(words.reference_alt);
  find('.lost').textContent = names.length ? (reading.restored ? words.lost : words.lost_opened) + ' ' + names.join(', ') : '';
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
function offerRestored(on) {
  root.classList.toggle('anyway', on);
  find('[data-do="anyway"]').setAttribute('aria-expanded', on);
}
function showLeft() {
  const hasReference = Boolean(reading.reference) && !noReference;
  if (!hasReference) view.against = 'photograph';
  find('.against').value = view.against;
  root.classList.toggle('has-reference', hasReference);
  load('.left', reading.photograph);
  load('.backdrop', reading.photograph);
  load('.truth', reading.reference);
}
function load(place, image) {
  const shown = find(place);
  if (!image) shown.removeAttribute('src');
  else if (shown.getAttribute('src') !== image.url) shown.src = image.url;
}
function listOverlays() {
  const menu = find('.overlay');
  const offered = reading.overlays.filter((overlay) => !parts(overlay).some(lost));
  menu.replaceChildren(menu.options[0], ...offered.map((overlay) => new Option(overlay.title, overlay.name)));
  if (!offered.some((overlay) => overlay.name === view.overlay)) view.overlay = '';
  menu.value = view.overlay;
}
function show(next) {
  const fresh = reading?.photograph.path !== next.photograph.path;
  reading = next;
  if (fresh) {  // until the new picture is there nothing may stand beside its scores
    all('.left, .backdrop, .truth').forEach((image) => image.removeAttribute('src'));
    [stack, strip].forEach((pictures) => pictures.replaceChildren());
    Object.assign(view, FIT, LIGHT, { wipe: 50, against: 'photograph', eye: next.eye });
    restoreInputs();
  }
  noReference = false;
  showLeft();
  syncStack();
  keepCopies();
  listOverlays();
  sayLost();
  root.classList.toggle('has-result', hasResult());
  root.classList.toggle('has-steps', reading.frames.length > 0);
  root.classList.toggle('has-restored', Boolean(reading.restored));
  root.classList.toggle('has-warning', reading.warnings.length > 0);
  find('.warnings').textContent = reading.warnings.join(' ');
  offerRestored(false);
  root.classList.toggle('has-overlays', reading.overlays.length > 0);
  if (stack.children.length) showStep(stack.children.length - 1);
  play(false);
  paint();
}
const isKept = (value) => ['photograph', 'restored'].every((name) => kept?.[name]?.path === value[name]?.path);
function addOverlays(overlays) {
  const known = kept.overlays.filter((overlay) => !overlays.some((added) => added.name === overlay.name));
  kept.overlays = [...known, ...overlays];
  keepCopies();
  if (reading !== kept) return;  // a run has begun meanwhile
  listOverlays();
  root.classList.add('has-overlays');
  paint();
}
function showStage() { stage.scrollIntoView({ block: 'nearest' }); }  // whoever pressed Restore wants to watch
function receive() {
  const value = props.value;
  if (!value) return;
  if (value.phase === 'overlaid') { if (isKept(value)) addOverlays(value.overlays); return; }
  opening = value.phase === 'opening';
  if (opening) { play(false); paint(); return; }
  if (value.phase === 'abandoned') { if (kept) show(kept); else paint(); return; }
  if (value.phase !== 'live') kept = value;
  else if (reading?.phase !== 'live' && narrow.matches) requestAnimationFrame(showStage);
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

/* --- start --------------------------------------------------------------------------------------------------------- */

document.addEventListener('retinaregen:go', (event) => {  // chosen in the curves
  if (reading?.phase === 'done' && event.detail !== index) { play(false); showStep(event.detail); }
});
find('.truth').addEventListener('error', () => { noReference = true; showLeft(); sayLost(); paint(); });
calm.addEventListener('change', paint);
new ResizeObserver(paint).observe(stage);
watch('value', receive);
receive();
paint();
