"""Pages for helpers who act for people on paper."""
