"""`python -m deployments.prefect_serving`: the prefect command, its garbage collected aside."""

from prefect.cli import app

from deployments.garbage import collect_aside

if __name__ == "__main__":
    collect_aside()
    app()
