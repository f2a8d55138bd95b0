"""Several machines: one Prefect server and one ledger on Postgres, three workers that share nothing else."""
