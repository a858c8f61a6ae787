"""Hidden equals absent, proved from outside: two worlds, canaries, timing (decision 0021)."""
