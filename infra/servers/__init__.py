"""Real servers on this machine, without docker: a PostgreSQL and a Kafka of one's own, each in a folder.

They listen on the loopback address only.
"""
