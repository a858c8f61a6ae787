"""The fast engine: arrays in, arrays out, by Numba where it may be used and NumPy elsewhere."""

from .accelerator import accelerator_in_use, accelerator_trouble, allow_numba
from .matching import match_arrays
from .verifying import ArrayFinding, check_plan_arrays, verify_arrays

__all__ = [
    "ArrayFinding",
    "accelerator_in_use",
    "accelerator_trouble",
    "allow_numba",
    "check_plan_arrays",
    "match_arrays",
    "verify_arrays",
]
