"""Thousands of recoveries on a virtual clock: rules, ledger and ladder as shipped, on the fake platform."""
