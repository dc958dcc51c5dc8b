"""A realistic flow over real regions, made up by chance: `flow.flow` yields it as the lines of a file."""
