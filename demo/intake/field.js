/* The field that takes files in. A file is stored on the server under a neutral name; its own never goes into a URL. */
const words = props.words;
const find = (selector) => element.querySelector(selector);
const drop = find('.drop'), input = find('.file');
const say = (sentence) => { find('.said').textContent = sentence; };

async function sendAs(name, file) {
  const extension = (file.name.match(/\.([a-z0-9]{1,5})$/i) || ['', 'bin'])[1].toLowerCase();
  const { path, url } = await upload(new File([file], name + '.' + extension, { type: file.type }));
  return { path, url, orig_name: name, meta: { _type: 'gradio.FileData' } };
}
async function sendAll(send) {
  try {
    props.value = await send();
    trigger('upload');
    say('');
  } catch (error) {
    say(words.failed);
  }
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
    if (event.defaultPrevented) return;  // another field was nearer
    over(event, false);
    take([...(event.dataTransfer?.files || [])]);
  });
}
