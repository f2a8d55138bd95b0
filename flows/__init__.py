"""The runbook, readable top to bottom: a flow holds order and nothing else."""
