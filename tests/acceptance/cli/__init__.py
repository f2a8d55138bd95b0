"""The command line as a contract: what each command prints, returns and refuses."""
