"""The operational checks, one pure function a file, in the runbook's order."""
