"""Pure rules of simulation: what may be changed, what comes of it, how it is counted."""
