"""Documents of strangers, written anew in a cell before anybody opens them."""
