"""Flame graphs of the slowest rows: where their CPU goes, as a picture that names no path of a machine."""
