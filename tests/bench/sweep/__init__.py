"""What a sweep costs beside a bare listing: workspaces on a sandbox of its own process, asked over HTTP."""
