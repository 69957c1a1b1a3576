"""The browser's part of the queue: whichever of a receipt and the end of the stream comes first, the answer comes."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page
from visitors import open_photograph, restore, write

from demo.interface import ANSWERS

SERVER = """
const event = (msg, event_id) => `data: ${JSON.stringify({ msg, event_id, output: 'é' })}\\n\\n`;
const end = event('close_stream');
const sent = (...texts) => new Response(new Blob(texts).stream());
const pause = (milliseconds) => new Promise((resolve) => { setTimeout(resolve, milliseconds); });
const streams = [];
window.fetch = async (asked) => {
  if (String(asked.url ?? asked).includes('/queue/join')) return Response.json({ event_id: 'b' });
  const next = streams.shift();
  if (next instanceof Error) throw next;
  return next;
};
const join = () => window.fetch('http://page/queue/join');
const open = (signal) => window.fetch(new Request('http://page/queue/data', { signal }));
"""
LATE_END = """
const fetched = window.fetch;
window.lateEnds = 0;
window.fetch = async (...asked) => {
  const answer = await fetched(...asked);
  if (!String(asked[0].url ?? asked[0]).includes('/queue/data')) return answer;
  const end = 'data: {"msg":"close_stream"', text = new TextDecoder(), bytes = new TextEncoder();
  const late = new TransformStream({ async transform(chunk, through) {
    const [before, after] = text.decode(chunk, { stream: true }).split(end);
    through.enqueue(bytes.encode(before));
    if (after === undefined) return;
    window.lateEnds += 1;
    await new Promise(resolve => setTimeout(resolve, 3000));
    through.enqueue(bytes.encode(end + after));
  } });
  return new Response(answer.body.pipeThrough(late), answer);
};"""
"""In the browser: that the server has ended the stream of answers is heard late, as on a busy machine."""


@pytest.fixture
def blank(browser: Browser) -> Iterator[Page]:
    context = browser.new_context()
    yield context.new_page()
    context.close()


def told(page: Page, scenario: str) -> Any:
    """What a scenario on a page that has nothing but the script comes to; it may use the names of ``SERVER``."""
    return page.evaluate(f"async () => {{ {SERVER} ({ANSWERS})(); {scenario} }}")


@pytest.mark.parametrize(
    "ends",
    ["sent(event('process_completed', 'a'), end)", "sent(event('process_completed', 'a'))"],
    ids=["told", "cut off"],
)
def test_no_end_is_heard_while_an_answer_is_due(blank: Page, ends: str) -> None:
    text = told(
        blank,
        f"""streams.push({ends}, new Error('lost'), new Response('', {{ status: 502 }}),
              sent(event('process_completed', 'b').slice(0, 9), event('process_completed', 'b').slice(9), end));
            await join();
            return (await open()).text();""",
    )
    assert [text.count(part) for part in ('"a"', '"b"', "close_stream", "é")] == [1, 1, 1, 3]


def test_what_cannot_be_fetched_anew_is_a_lost_connection(blank: Page) -> None:
    lost = told(
        blank,
        """streams.push(sent(end), ...Array(9).fill(new Error('lost')));
           await join();
           return (await open()).text().then(() => 'ended', () => streams.length);""",
    )
    assert lost == 4


def test_no_receipt_is_seen_between_an_end_and_its_being_heard(blank: Page) -> None:
    seen = told(
        blank,
        """const gradio = new AbortController(), seen = [];
           streams.push(sent(end));
           const reader = (await open(gradio.signal)).body.getReader();
           await reader.read();
           const joined = join().then(() => seen.push('receipt'));
           await pause(200);
           seen.push('heard');
           gradio.abort();
           await joined;
           return seen;""",
    )
    assert seen == ["heard", "receipt"]


@pytest.mark.parametrize(
    "given_up",
    [
        "streams.push(new Response(new ReadableStream())); await open(gradio.signal); gradio.abort();",
        "streams.push(sent(event('unexpected_error'))); await (await open(gradio.signal)).text();",
    ],
    ids=["by the page", "by the server"],
)
def test_what_was_given_up_is_not_waited_for(blank: Page, given_up: str) -> None:
    text = told(
        blank,
        f"""const gradio = new AbortController();
            await join();
            {given_up}
            streams.push(sent(end));
            return (await open()).text();""",
    )
    assert "close_stream" in text


def test_an_answer_before_its_receipt_is_not_waited_for(blank: Page) -> None:
    text = told(
        blank,
        """streams.push(sent(event('process_completed', 'b')), sent(end));
           await (await open()).text();
           await join();
           return (await open()).text();""",
    )
    assert "close_stream" in text


def test_a_click_is_not_lost_while_the_answers_to_others_end(page: Page, tmp_path: Path) -> None:
    page.add_init_script(LATE_END)
    page.reload()
    open_photograph(page, write(tmp_path))
    restore(page)
    for _ in range(2):
        with page.expect_download():
            page.click("#download-json")
        page.wait_for_timeout(500)  # the last answer has come, that it was the last one has not
    assert page.evaluate("window.lateEnds") > 0
