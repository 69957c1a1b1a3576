"""The table of restorers: one contract (``nets/contract.py``), two rows."""

from retinaregen_core.nets.contract import Restorer
from retinaregen_core.nets.restorers.flagship import Flagship
from retinaregen_core.nets.restorers.paper import PaperRestorer

RESTORERS: dict[str, type[Restorer]] = {"paper": PaperRestorer, "flagship": Flagship}

__all__ = ["RESTORERS", "Flagship", "PaperRestorer", "Restorer"]
