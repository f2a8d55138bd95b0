#!/bin/sh
# Run once by the image of Postgres, for a volume that is empty: one database for Prefect, one for the ledger.
set -eu
createdb --username "$POSTGRES_USER" prefect
createdb --username "$POSTGRES_USER" ledger
psql --username "$POSTGRES_USER" --dbname prefect -c 'create extension if not exists pg_trgm'
