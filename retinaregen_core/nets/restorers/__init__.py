"""The table of restorers: one contract (``nets/contract.py``), three rows."""

from retinaregen_core.nets.contract import Restorer
from retinaregen_core.nets.restorers.flagship import Flagship
from retinaregen_core.nets.restorers.paper import PaperRestorer
from retinaregen_core.nets.restorers.regression import Regression

RESTORERS: dict[str, type[Restorer]] = {
    "paper": PaperRestorer,
    "flagship": Flagship,
    "regression": Regression,
}

__all__ = ["RESTORERS", "Flagship", "PaperRestorer", "Regression", "Restorer"]
