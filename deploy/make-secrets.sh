#!/bin/sh
# Makes the secrets that docker-compose.yml reads, in the folder "secrets" or the one that is named: random ones, each in a file.
# Files that are there already stay, so that it can be run again after an upgrade.
#
#   sh deploy/make-secrets.sh [FOLDER]
set -eu

folder=${1:-secrets}
# Only the owner may enter the folder. Within a container each file is mounted by itself, for a user that is not root.
mkdir -p "$folder"
chmod 700 "$folder"

random() { od -An -N24 -tx1 /dev/urandom | tr -d ' \n'; }
# Writes the text, or what stands in the file already.
put() {
  [ -s "$folder/$1" ] || printf '%s\n' "$2" > "$folder/$1"
  chmod 444 "$folder/$1"
}

put postgres_password "$(random)"
put owner_password "$(random)"
put server_password "$(random)"
put database_owner_url "postgres://trainyard_owner:$(cat "$folder/owner_password")@postgres:5432/trainyard"
put database_url "postgres://trainyard_server:$(cat "$folder/server_password")@postgres:5432/trainyard"
# An Ed25519 private key: what comes before its 32 random bytes is always the same (RFC 8410).
token_key() {
  echo '-----BEGIN PRIVATE KEY-----'
  { printf '\060\056\002\001\000\060\005\006\003\053\145\160\004\042\004\040'; head -c 32 /dev/urandom; } | base64
  echo '-----END PRIVATE KEY-----'
}

put token_keys "$(token_key)"
put token_secret "$(random)"
put metrics_token "$(random)"
put minio_access_key trainyard
put minio_secret_key "$(random)"
