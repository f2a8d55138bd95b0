"""ringback as people meet it: whole recoveries, the command line and Prefect."""
