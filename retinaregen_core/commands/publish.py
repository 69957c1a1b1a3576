"""``retinaregen publish``: weights and page to the Hugging Face Hub."""

from pathlib import Path
from typing import Annotated

import typer


def publish(
    model_repository: Annotated[
        str, typer.Option("--model-repo", metavar="OWNER/NAME", help="Model repository for the weights.")
    ],
    space: Annotated[str | None, typer.Option(metavar="OWNER/NAME", help="Space for the page.")] = None,
    results: Annotated[
        Path | None,
        typer.Option(exists=True, file_okay=False, help="Folder of `evaluate`: its numbers join the model card."),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Upload. Without it, only say what would be uploaded.")] = False,
) -> None:
    """Upload the checkpoints with generated model cards, and optionally the page as a Space that pins their commit.

    Without --yes nothing is sent: the files and the generated texts are printed. With it, the repositories are made if
    need be, and repository and commit are written into checkpoints/manifest.toml.

    \b
    Examples:
      retinaregen publish --model-repo me/retinaregen --space me/retinaregen
      retinaregen publish --model-repo me/retinaregen --space me/retinaregen --yes
    """
    from retinaregen_core import publish as publishing
    from retinaregen_core import weights
    from retinaregen_core.manifest import MANIFEST

    manifest = weights.known_manifests()[0]
    for plan in publishing.preview(manifest, model_repository, space, results):
        for line in plan.lines():
            typer.echo(line)
        text = plan.files["README.md"]
        typer.echo(f"\n--- {plan.repository}/README.md\n{text.decode() if isinstance(text, bytes) else ''}\n")
    target = manifest.root / MANIFEST
    if not yes:
        typer.echo(f"Nothing was sent. With --yes, {target} is pinned to {model_repository} and its new commit.")
        return
    written = publishing.carry_out(manifest, model_repository, space, results)
    typer.echo(f"Published {written.repository} at {written.commit}; {target} says so. Commit that file.")
