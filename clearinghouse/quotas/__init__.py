"""Places: quotas of labour visas, their reserve and their counters."""
