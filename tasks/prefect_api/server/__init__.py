"""A Prefect server of our own: started, guarded, found again."""
