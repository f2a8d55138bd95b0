"""What lies in deployments/packaging names what is there: commands, options, variables, paths and files."""
