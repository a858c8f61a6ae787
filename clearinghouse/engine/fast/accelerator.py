"""Which of the two fast engines runs: Numba's where the process may use it, else NumPy's.

Numba takes 200 MB and seconds to load, so a process must ask for it: web processes never do.
"""

import hashlib
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Final

from clearinghouse.engine.arrays import ArrayMarket, ArrayPlan
from clearinghouse.engine.errors import refusal

Engine = Callable[[ArrayMarket], ArrayPlan]

AUTO: Final = "auto"
NUMBA: Final = "numba"
NUMPY: Final = "numpy"
CHOICES: Final = (AUTO, NUMBA, NUMPY)
WORTH_LOADING: Final = 100_000
"""From so many wishes on, loading Numba takes less time than it saves."""

_COMPILED: Final = ("layout", "heaps", "buffers", "kernels")


class _Process:
    """What this process may do, and what came of trying."""

    allowed = False
    compiled: Engine | None = None
    failure = ""


def allow_numba(allowed: bool = True) -> None:
    """Let this process load Numba; the background worker and the command line call this."""
    _Process.allowed = allowed


def accelerator_in_use(accelerator: str | None = None, *, wishes: int = WORTH_LOADING) -> str:
    """Return "numba" or "numpy", whichever `match_arrays` uses for this choice and market size.

    None stands for the environment's ENGINE_ACCELERATOR (auto, numba or numpy; auto if unset). Only
    a process that called allow_numba, or names Numba as its argument, ever loads it, and "auto" not
    for a market of fewer than 100,000 wishes. Where Numba is missing or its cache cannot be
    written, NumPy takes over. Raises InputError for other words.
    """
    return NUMPY if _compiled(accelerator, wishes) is None else NUMBA


def accelerator_trouble() -> str:
    """Return why Numba could not be used although it was wanted; empty if nothing went wrong."""
    return _Process.failure


def _compiled(accelerator: str | None, wishes: int) -> Engine | None:
    wanted = os.environ.get("ENGINE_ACCELERATOR") or AUTO if accelerator is None else accelerator
    if wanted not in CHOICES:
        raise refusal("accelerator", f"must be one of {', '.join(CHOICES)}, not {wanted!r}")
    small = wanted == AUTO and wishes < WORTH_LOADING
    if wanted == NUMPY or small or not (_Process.allowed or accelerator == NUMBA):
        return None
    if _Process.compiled is None and not _Process.failure:
        try:
            _Process.compiled = _load()
        except (ImportError, OSError, RuntimeError) as error:
            _Process.failure = f"{type(error).__name__}: {error}"
    return _Process.compiled


def engine_of(accelerator: str | None, wishes: int) -> Engine:
    """Return the function that matches by this choice of accelerator."""
    compiled = _compiled(accelerator, wishes)
    if compiled is not None:
        return compiled
    from .vectors import match_vectors  # noqa: PLC0415 - not needed beside the compiled one

    return match_vectors


def _load() -> Engine:
    import numba  # noqa: PLC0415 - only here, where the process may load it

    _use_cache(numba)
    from .compiled import match_compiled  # noqa: PLC0415 - imports Numba as well

    return match_compiled


def _use_cache(numba: ModuleType) -> None:
    """Give this version of the kernels a cache of its own; raise OSError if none can be written.

    Numba looks at one source file only to see whether what it compiled is still true.
    """
    here = Path(__file__).parent
    digest = hashlib.sha256(numba.__version__.encode())
    for name in _COMPILED:
        digest.update((here / f"{name}.py").read_bytes())
    folder = Path(os.environ.get("NUMBA_CACHE_DIR") or here / "__pycache__")
    folder = folder / f"engine-{digest.hexdigest()[:16]}"
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryFile(dir=folder):
        numba.config.CACHE_DIR = str(folder)
