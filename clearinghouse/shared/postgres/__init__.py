"""PostgreSQL as Django knows it, with one habit more: each transaction begins with who acts."""
