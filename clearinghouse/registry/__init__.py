"""Who takes part: states, agencies, officers, occupations."""
