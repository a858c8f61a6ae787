"""Why the cell hands nothing out: a word that the house turns into a sentence."""


class Refusal(Exception):
    """The document is not written anew; `args[0]` is the word."""
