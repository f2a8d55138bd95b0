"""A door for assistants: the gateway's API as tools of the Model Context Protocol."""
