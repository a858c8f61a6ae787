"""PostgreSQL and Valkey out of wheels, for the demo and the tests; never part of production."""
