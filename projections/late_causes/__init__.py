"""Late causes: the causes that were recorded after their effects, found in the one order of the log."""
