"""The demonstration: an invented world on sourced figures. See docs/decisions/0006."""
