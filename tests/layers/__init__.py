"""Four layers, each tested with the others off. What is tested with what: docs/layers.md."""
