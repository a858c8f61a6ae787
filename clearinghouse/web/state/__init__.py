"""Pages for officials of states."""
