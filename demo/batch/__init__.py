"""The page for many photographs: components and wiring, no logic."""

from typing import Any

import gradio as gr

from demo import runs, views, words
from demo.batch import rows, run
from demo.batch.intake import BatchIntake
from demo.downloads import deliver, deliverer, english_note


def build() -> None:
    """Files in, a choice, a table that grows, and its results to take home."""
    files, batch = gr.State(()), gr.State(None)
    with gr.Row(elem_id="batch-desk"):
        with gr.Column(scale=1, min_width=340, elem_id="side"):
            intake = BatchIntake(elem_id="batch-intake")
            tasks = [(title, task) for task, title in words.batch.TASKS.items()]
            task = gr.Radio(tasks, value="unreadable", label=words.batch.TASK, elem_id="task")
            with gr.Column(elem_id="bar"):  # on a narrow screen it stays in reach
                with gr.Row(elem_id="actions"):
                    start = gr.Button(words.batch.START, variant="primary", interactive=False, elem_id="start", scale=3)
                    cancel = gr.Button(words.desk.CANCEL, interactive=False, elem_id="cancel", scale=1, min_width=112)
                status = gr.HTML(views.status(words.batch.WELCOME), elem_id="status", apply_default_css=False)
            with gr.Row(elem_id="results", visible=False) as results:
                as_csv = gr.Button(words.batch.CSV, size="sm", elem_id="download-csv")
                as_zip = gr.Button(words.batch.ZIP, size="sm", elem_id="download-zip")
                english_note()
                delivery = deliverer()
        with gr.Column(scale=4, min_width=320, elem_id="main"):
            table = gr.HTML(rows.empty(), elem_id="table", apply_default_css=False)

    outputs = [batch, table, status, start, cancel, results]
    quiet: dict[str, Any] = {"outputs": outputs, "show_progress": "hidden", "api_visibility": "private"}
    start.click(run.on_start, [files, task], concurrency_limit=None, **quiet)  # batches take turns themselves
    ended = cancel.click(runs.end, concurrency_limit=None, show_progress="hidden", api_visibility="private")
    ended.then(run.on_stopped, batch, **quiet)
    received = intake.upload(lambda sent: sent, intake, files, show_progress="hidden", api_visibility="private")
    received.then(run.on_received, files, **quiet)
    deliver(as_csv, run.on_csv, batch, delivery, status)
    deliver(as_zip, run.on_zip, batch, delivery, status)
