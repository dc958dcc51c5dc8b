"""The read side: the engine that folds the log, and one folder for each projection."""
