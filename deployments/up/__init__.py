"""`ringback up`: server, deployments, worker, gateway and outbox on one machine."""
