"""How a long-running part is seen from outside: its metrics, its logs, its health.

prometheus-client and structlog come with infra/requirements/distributed.txt only. So these modules are imported
where a part is observed, and by nothing else; what runs everywhere logs through the standard library, and is
handed the metrics or does without.
"""
