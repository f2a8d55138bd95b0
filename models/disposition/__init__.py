"""One disposition and one action for every contact of a job."""
