/* Takes one file in. The file name stays in the browser: the server is told "photograph" and the extension. */
const words = props.words;
const find = (selector) => element.querySelector(selector);
const drop = find('.drop'), input = find('.file');
const say = (sentence) => { find('.said').textContent = sentence; };

function neutral(file) {
  const extension = (file.name.match(/\.([a-z0-9]{1,5})$/i) || ['', 'bin'])[1].toLowerCase();
  return new File([file], 'photograph.' + extension, { type: file.type });
}
async function take(file) {
  if (!file) return;
  if (file.size > props.limit) { say(words.too_large); return; }
  say(words.sending);
  try {
    const sent = await upload(neutral(file));
    props.value = { path: sent.path, url: sent.url, orig_name: 'photograph', meta: { _type: 'gradio.FileData' } };
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

input.addEventListener('change', () => { take(input.files[0]); input.value = ''; });
element.addEventListener('click', (event) => {
  const card = event.target.closest('[data-example]');
  if (card) trigger('example', { name: card.dataset.example });
});
const field = props.everywhere ? document : drop;  // the photograph may be dropped or pasted anywhere on the page
field.addEventListener('dragover', (event) => over(event, true));
field.addEventListener('dragleave', (event) => over(event, false));
field.addEventListener('drop', (event) => {
  if (event.defaultPrevented) return;  // the reference's own drop field was nearer
  over(event, false);
  take(event.dataTransfer?.files[0]);
});
if (props.everywhere) document.addEventListener('paste', (event) => take(event.clipboardData?.files[0]));
