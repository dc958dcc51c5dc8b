"""The distributed stack on one machine, without docker: its servers and long-running parts, for one home."""
