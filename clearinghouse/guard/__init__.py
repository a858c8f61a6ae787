"""Who of the database's logins reaches which table, and which rows."""
