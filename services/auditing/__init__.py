"""What an auditor may ask for: whether the log and its views keep what they promise."""
