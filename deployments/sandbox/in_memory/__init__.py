"""The sandbox's engine behind the Protocol, without HTTP."""
