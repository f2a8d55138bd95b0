"""A recovery told to people: its sentences in two voices, and the page, text and JSON made of them."""
