"""Published numbers: fixed releases in which nobody can be found."""
