"""The outside world behind small interfaces: settings, clock, log, views, regions."""
