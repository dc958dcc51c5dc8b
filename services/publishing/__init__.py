"""The one way into the log. Every door hands its events to a `Publisher`, in batches."""
