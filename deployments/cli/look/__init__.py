"""Commands that only look: jobs of the platform, figures over all recoveries, the state of this machine."""
