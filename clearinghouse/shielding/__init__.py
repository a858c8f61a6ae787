"""What hiding a person from a state asks of the other rooms, in one transaction."""
