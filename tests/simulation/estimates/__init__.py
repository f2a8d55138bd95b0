"""Are the estimates right? Whole recoveries and whole jobs whose ends are known, and what was said before."""
