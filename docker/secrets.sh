#!/bin/sh
# Makes the secrets that docker-compose.yml hands to the containers as files. What is already there is kept.
#   sh docker/secrets.sh            then put your key into secrets/openai_api_key if you use judges of OpenAI's
set -eu
cd "$(dirname "$0")/.."
umask 077
mkdir -p secrets

random() {
    LC_ALL=C tr -dc 'A-Za-z0-9' </dev/urandom | head -c "$1"
}

keep() {
    [ -e "secrets/$1" ] || printf '%s' "$2" >"secrets/$1"
}

keep postgres_password "$(random 32)"
keep database_url "postgresql://studio:$(cat secrets/postgres_password)@postgres:5432/studio"
keep secret_key "$(random 50)"
keep admin_password "$(random 16)"
keep openai_api_key ""
keep email_password ""

# The containers read them as another user; the folder itself is closed to all others on this machine.
chmod 444 secrets/*
echo "The secrets are in $(pwd)/secrets. Sign in as admin with the password in secrets/admin_password."
