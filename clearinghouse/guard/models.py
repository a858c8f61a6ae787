"""No tables. Django tells only apps with this module that migrations are done."""
