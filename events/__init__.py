"""The contract: event types, vocabulary, envelope, upcasting, published schemas.

Start at `catalogue` for the list of event types and at `envelope` for how a publisher's line is read.
"""
