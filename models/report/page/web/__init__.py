"""A report as a page of HTML: elements that escape, the look, a chart within it."""
