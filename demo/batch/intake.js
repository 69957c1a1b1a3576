/* Takes many files in: "photograph-1.png" and so on; the name of each travels beside it, as text. */
function take(files) {
  if (!files.length) return;
  if (files.length > props.most) { say(words.too_many); return; }
  const large = files.find((file) => file.size > props.limit);
  if (large) { say(large.name + ': ' + words.too_large); return; }
  sendAll(async () => {
    const sent = [];
    for (const [i, file] of files.entries()) {
      say(words.sending + ' ' + (i + 1) + ' / ' + files.length);
      sent.push({ ...await sendAs('photograph-' + (i + 1), file), orig_name: file.name });
    }
    return sent;
  });
}

receive(document, take);
