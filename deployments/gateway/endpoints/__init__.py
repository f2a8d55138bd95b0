"""The gateway's endpoints, one file each."""
