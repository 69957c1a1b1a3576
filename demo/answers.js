() => {
  // The server sends all answers through one stream, and ends it when none is due. Gradio's browser part learns of that end
  // and of the receipt of a click from two connections. Where it reads the receipt first it takes the ended stream for
  // open: the answer is never fetched, and the button, which still waits for it, is dead. So Gradio is not told of an end
  // while an answer is due, the stream is fetched anew instead; and once it is told, it has taken that in (a second at
  // most) before it sees another receipt.
  const fetched = window.fetch;
  const due = new Set(), early = new Set();  // clicks without an answer yet, answers before their receipt
  let heard = Promise.resolve();
  const pause = (milliseconds) => new Promise((resolve) => { setTimeout(resolve, milliseconds); });

  const receipt = async (...asked) => {
    const answer = await fetched(...asked);
    const { event_id: event } = await answer.clone().json().catch(() => ({}));
    if (answer.ok && event && !early.delete(event)) due.add(event);
    await heard;
    return answer;
  };

  const anew = async (request) => {
    for (let tries = 1; ; tries += 1) {
      try {
        const answer = await fetched(request.clone());
        if (answer.ok) return answer;
        throw new Error(`The stream of answers: ${answer.status}`);
      } catch (problem) {
        if (tries === 5 || request.signal.aborted) throw problem;  // Gradio says that the connection is lost
      }
      await pause(500);
    }
  };

  async function* messages(answer) {
    const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
    for (let rest = '', part = await reader.read(); !part.done; part = await reader.read()) {
      const whole = (rest + part.value).split('\n\n');
      rest = whole.pop();
      yield* whole;
    }
  }

  async function* unbroken(request, first) {
    request.signal.onabort = () => due.clear();  // Gradio has given them up
    for (let answer = first; answer; answer = due.size ? await anew(request) : null) {
      for await (const message of messages(answer)) {
        const kind = message.match(/"msg": ?"(\w+)"/)?.[1];
        if (kind === 'close_stream') {
          if (due.size) break;
          heard = Promise.race([pause(1000), new Promise((resolve) => { request.signal.onabort = resolve; })]);
          yield message;
          return;
        }
        if (kind === 'process_completed') {
          const event = JSON.parse(message.slice('data:'.length)).event_id;
          if (!due.delete(event)) early.add(event);
        } else if (kind === 'unexpected_error') due.clear();
        yield message;
      }
    }
  }

  const stream = async (request) => {
    const first = await fetched(request.clone());
    if (!first.ok) return first;
    const all = unbroken(request, first), bytes = new TextEncoder();
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
