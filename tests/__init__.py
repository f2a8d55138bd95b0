"""The tests, by tier: unit, conformance, acceptance, chaos, bench."""
