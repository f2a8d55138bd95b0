"""The doors: command line, server, settings, migrations and the sandbox."""
