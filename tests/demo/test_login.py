"""A page that asks who one is: on a server of its own, like nothing else here."""

from pathlib import Path
from typing import Any

import pytest
from gradio_client import Client, handle_file
from playwright.sync_api import Browser, expect
from visitors import fetch, pictures, served, write


def test_a_login_works_under_the_policy_and_stopping_the_page_leaves_nothing(
    browser: Browser, checkpoints: Path, tmp_path: Path
) -> None:
    with served(tmp_path, checkpoints, RETINAREGEN_LOGIN="reader:secret:with:colons") as address:
        assert fetch(address + "config")[0] == 401
        assert fetch(address + "gradio_api/upload", b"")[0] == 401
        with pytest.raises(Exception, match=r"(?i)auth|credential|log"):
            Client(address, verbose=False, auth=("reader", "wrong"))
        page = browser.new_page()
        page.goto(address)
        page.locator("input[type=text], textarea").first.fill("reader")
        page.locator("input[type=password]").fill("secret:with:colons")
        page.get_by_role("button").first.click()
        expect(page.locator("#viewer .stage")).to_be_visible()
        page.evaluate("""() => {
          const script = document.createElement('script');
          script.textContent = 'window.injected = true';
          document.body.append(script);
        }""")
        assert page.evaluate("window.injected") is None
        page.close()
        client: Any = Client(address, verbose=False, auth=("reader", "secret:with:colons"))
        client.predict(handle_file(write(tmp_path / "sent")), api_name="/open")
        assert pictures(tmp_path)
    assert not pictures(tmp_path)
