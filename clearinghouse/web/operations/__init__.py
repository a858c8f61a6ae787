"""Pages for operators, certifiers and auditors."""
