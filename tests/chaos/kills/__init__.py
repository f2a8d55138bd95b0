"""The kill suite: recoveries killed at every fault point, resumed, and held against the promises."""
