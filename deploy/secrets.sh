#!/bin/sh
# Makes deploy/secrets/ once, for compose and Kubernetes; what is there already stays. From the root of the checkout, after ./run or uv sync:
#   sh deploy/secrets.sh [HOST_OF_THE_DATABASE]      (db, as in compose.yml)
# run/       keys, tokens and DATABASE_URL: what web, workers, Rasa and actions read
# owner/     DATABASE_OWNER_URL: what only the migration reads
# postgres/  passwords for the first start of the server
set -eu
cd "$(dirname "$0")"
host=${1:-db}
umask 077
mkdir -p secrets && chmod 700 secrets # nobody else on this machine looks in; what is mounted is readable inside its container
../.venv/bin/python -c 'import sys; sys.path.insert(0, ".."); from pathlib import Path; from bot.secrets import ensure_secrets
ensure_secrets(Path("secrets/all"))'
mkdir -p secrets/run secrets/owner secrets/postgres
keep() { # whole before it has its name; an empty one is made again
    [ -s "$2" ] && return
    printf '%s\n' "$1" >secrets/part
    mv -f secrets/part "$2"
}
for file in secrets/all/*; do
    name=$(basename "$file")
    case $name in DATABASE_* | DEMO_*) continue ;; esac
    keep "$(cat "$file")" "secrets/run/$name"
done
owner=$(cat secrets/all/DATABASE_PASSWORD)
runner=$(cat secrets/all/DATABASE_RUN_PASSWORD)
keep "postgresql://aanspraak_run:$runner@$host:5432/aanspraak" secrets/run/DATABASE_URL
keep "$(cat secrets/run/DATABASE_URL)" secrets/owner/DATABASE_URL
keep "$(cat secrets/run/DJANGO_SECRET_KEY)" secrets/owner/DJANGO_SECRET_KEY
keep "postgresql://aanspraak:$owner@$host:5432/aanspraak" secrets/owner/DATABASE_OWNER_URL
keep "$owner" secrets/postgres/OWNER_PASSWORD
keep "$runner" secrets/postgres/RUN_PASSWORD
keep "$(cat secrets/all/DEMO_PASSWORD)-$(cat secrets/all/DEMO_TOTP_SECRET)" secrets/postgres/ADMIN_PASSWORD
sync # all is on the disk before the first copy goes
rm -r secrets/all
chmod 755 secrets/run secrets/owner secrets/postgres
chmod 444 secrets/run/* secrets/owner/* secrets/postgres/*
echo "deploy/secrets is there. Back it up apart from the database: without FIELD_KEYS nobody can read what is stored."
