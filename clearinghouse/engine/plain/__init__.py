"""The second implementation: plain Python from the definitions, sharing no code with `fast`."""

from .matching import match_arrays_plain, match_plain

__all__ = ["match_arrays_plain", "match_plain"]
