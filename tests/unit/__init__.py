"""Tests of rules and of single parts."""
