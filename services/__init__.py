"""What runs or answers somebody: the three services, publishing, and the doors."""
