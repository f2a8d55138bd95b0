"""`python -m deployments.outbox`: delivers what is due until it is stopped."""

import sys

from tasks.runtime.outbox import main

if __name__ == "__main__":
    sys.exit(main())
