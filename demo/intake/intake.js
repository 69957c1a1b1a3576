/* Takes one file in: the server is told "photograph" and the extension. */
function take(files) {
  const [file, another] = files;
  if (!file) return;
  if (another) { say(words.only_one); return; }  // which of them was opened would be a guess
  if (file.size > props.limit) { say(words.too_large); return; }
  say(words.sending);
  sendAll(() => sendAs('photograph', file));
}

element.addEventListener('click', (event) => {
  const card = event.target.closest('[data-example]');
  if (!card) return;
  latest++;  // what is still on its way comes too late
  say('');
  trigger('example', { name: card.dataset.example });
});
receive(props.everywhere ? document : drop, take);  // the photograph may be dropped or pasted anywhere on the page
if (props.everywhere) document.addEventListener('paste', (event) => take([...(event.clipboardData?.files || [])]));
