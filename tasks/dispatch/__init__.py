"""The ladder's waves: fence, choose, send once, watch, judge, stop."""
