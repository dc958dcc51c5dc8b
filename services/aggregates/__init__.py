"""The aggregates: what each knows (a frozen struct), how an event changes it, and what it can refuse."""
