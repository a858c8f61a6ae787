"""The inside of the cell: code that meets foreign bytes. It knows nothing of the house."""
