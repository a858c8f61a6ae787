"""Pages for those who simulate: officials of states and the secretariat."""
