"""The docs hold what they say: names, files, links, commands and figures."""
