"""Where every place of every posting is, in double entry."""
