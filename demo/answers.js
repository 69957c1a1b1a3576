() => {
  // The server sends all answers through one stream, and ends it when none is due. Gradio's browser part learns of that end
  // and of the receipt of a click from two connections. Where it reads the receipt first it takes the ended stream for
  // open: the answer is never fetched, and the button, which still waits for it, is dead. So no end is heard here while an
  // answer is due, the stream is fetched anew instead; and no receipt is read before the end has been heard.
  const fetched = window.fetch;
  const due = new Set(), early = new Set();  // clicks without an answer yet, answers before their receipt
  let heard = Promise.resolve();

  const receipt = async (...asked) => {
    const answer = await fetched(...asked);
    const { event_id: event } = await answer.clone().json().catch(() => ({}));
    if (answer.ok && event && !early.delete(event)) due.add(event);
    await heard;
    return answer;
  };

  async function* messages(request, answer) {
    const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
    for (let rest = '', part = await reader.read(); !part.done; part = await reader.read()) {
      const whole = (rest + part.value).split('\n\n');
      rest = whole.pop();
      for (const message of whole) {
        const kind = message.match(/"msg": ?"(\w+)"/)?.[1];
        if (kind === 'process_completed') {
          const event = JSON.parse(message.slice('data:'.length)).event_id;
          if (!due.delete(event)) early.add(event);
        }
        if (kind !== 'close_stream') { yield message; continue; }
        const again = due.size ? await fetched(request.clone()) : null;
        if (again?.ok) yield* messages(request, again);
        else {
          heard = new Promise((resolve) => { request.signal.onabort = resolve; setTimeout(resolve, 1000); });
          yield message;
        }
        return;
      }
    }
  }

  const stream = async (request) => {
    const first = await fetched(request.clone());
    if (!first.ok) return first;
    const all = messages(request, first), bytes = new TextEncoder();
    const pull = async (controller) => {
      const { value, done } = await all.next();
      if (done) controller.close(); else controller.enqueue(bytes.encode(`${value}\n\n`));
    };
    return new Response(new ReadableStream({ pull }), first);
  };

  window.fetch = (...asked) => {
    const address = String(asked[0].url ?? asked[0]);
    if (address.includes('/queue/join')) return receipt(...asked);
    return address.includes('/queue/data') && asked[0] instanceof Request ? stream(asked[0]) : fetched(...asked);
  };
}
