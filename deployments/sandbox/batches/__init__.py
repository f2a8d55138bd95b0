"""Wire formats of further platforms that call by batches, over the same dispatcher."""
