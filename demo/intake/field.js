/* The field that takes files in. A file is stored on the server under a neutral name; its own never goes into a URL. */
const words = props.words;
const find = (selector) => element.querySelector(selector);
const drop = find('.drop'), input = find('.file');
const say = (sentence) => { find('.said').textContent = sentence; };

const KNOWN = /\.(jpe?g|png|tiff?|bmp|dcm|zip)$/;
let latest = 0;

async function sendAs(name, file) {
  const [, extension] = file.name.toLowerCase().match(KNOWN) || ['', 'bin'];  // any other may be a part of the name
  const own = crypto.getRandomValues(new Uint32Array(2)).join('');  // the same file sent twice is two files
  const { path, url } = await upload(new File([file], `${name}-${own}.${extension}`, { type: file.type }));
  return { path, url, orig_name: name, meta: { _type: 'gradio.FileData' } };
}
async function sendAll(send) {
  const mine = ++latest;
  let value, failed;
  try {
    value = await send();
  } catch (error) {
    failed = true;
  }
  if (mine !== latest) return;  // another was chosen meanwhile
  say(failed ? words.failed : '');
  if (failed) return;
  props.value = value;
  trigger('upload');
}
function over(event, on) {
  if (!event.dataTransfer?.types.includes('Files')) return;
  event.preventDefault();
  drop.classList.toggle('over', on);
}
function receive(field, take) {  // what is chosen, and what is dropped on the field
  input.addEventListener('change', () => { take([...input.files]); input.value = ''; });
  field.addEventListener('dragover', (event) => over(event, true));
  field.addEventListener('dragleave', (event) => over(event, false));
  field.addEventListener('drop', (event) => {
    drop.classList.remove('over');
    if (event.defaultPrevented) return;  // another field was nearer
    over(event, false);
    take([...(event.dataTransfer?.files || [])]);
  });
}
