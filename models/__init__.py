"""The language and the rules: pure functions and frozen values, no I/O."""
