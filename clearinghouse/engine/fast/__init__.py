"""The fast engine: arrays in, arrays out, by Numba where it may be used and NumPy elsewhere."""

from .matching import match_arrays

__all__ = ["match_arrays"]
