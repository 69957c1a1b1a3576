"""The command line: ``python -m retinaregen_core`` or ``retinaregen``.

The core is imported inside the commands, so that ``--help`` answers at once and training's packages stay optional.
"""

import logging
import sys

import typer

from retinaregen_core.commands import evaluate, train
from retinaregen_core.commands.ablate import ablate
from retinaregen_core.commands.assess import assess
from retinaregen_core.commands.doctor import doctor
from retinaregen_core.commands.pack import pack
from retinaregen_core.commands.publish import publish
from retinaregen_core.commands.restore import restore
from retinaregen_core.commands.terminal import say
from retinaregen_core.commands.verify import verify
from retinaregen_core.errors import RetinaRegenError

app = typer.Typer(
    help="""Score fundus photographs for readability and restore unreadable ones.

    Research use only: a restored picture may contain invented detail.
    """,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
for command in (assess, restore, verify, ablate, pack, doctor, publish):
    app.command()(command)
for group in (train, evaluate):
    app.add_typer(group.app, name=group.__name__.rpartition(".")[2])


def main() -> None:
    """The console script; what the user or the installation can mend is told in two sentences, without a traceback."""
    logging.basicConfig(format="%(message)s")
    logging.getLogger("retinaregen_core").setLevel(logging.INFO)
    try:
        app(prog_name="retinaregen")
    except (RetinaRegenError, OSError) as error:
        say(f"Error: {error}")
        sys.exit(1)
    except ModuleNotFoundError as error:
        say(f"Error: The package {error.name!r} is not installed. Run: pip install -r requirements-dev.txt")
        sys.exit(1)


if __name__ == "__main__":
    main()
