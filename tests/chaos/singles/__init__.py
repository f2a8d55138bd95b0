"""Recoveries whose waves are single calls, killed at every fault point and given back older ledgers."""
