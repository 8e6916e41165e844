#!/bin/sh
# Run once, by the image of PostgreSQL, when it makes its database: the role that owns the tables and runs migrations, and the
# role of the server's daily work, which owns nothing. Both passwords stand in files.
set -eu

psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 \
  --username "${POSTGRES_USER:-postgres}" --dbname "$POSTGRES_DB" \
  --set database="$POSTGRES_DB" \
  --set owner_password="$(cat "$OWNER_PASSWORD_FILE")" \
  --set server_password="$(cat "$SERVER_PASSWORD_FILE")" <<'SQL'
create role trainyard_owner login password :'owner_password';
create role trainyard_server login password :'server_password';
alter database :"database" owner to trainyard_owner;
revoke all on database :"database" from public;
grant connect on database :"database" to trainyard_server;
SQL
