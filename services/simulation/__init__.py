"""A realistic flow over real regions, made up by chance: `flow.simulate` yields it as the lines of a file."""
