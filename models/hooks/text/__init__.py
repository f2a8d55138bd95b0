"""Free text of tickets: rich documents, markup, fields never filled, and the jobs that people mention."""
