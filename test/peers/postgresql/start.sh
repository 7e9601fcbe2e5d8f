#!/bin/sh
# Makes the database on the first start, then becomes the server.
set -eu
umask 077
bin=/usr/lib/postgresql/15/bin
export PGDATA=/data/postgresql
settings="-c unix_socket_directories=/data -c jit=off -c fsync=off"

if [ ! -s "$PGDATA/PG_VERSION" ]; then
  printf '%s\n' "${POSTGRES_PASSWORD:?set POSTGRES_PASSWORD to the password of user postgres}" > /data/.password
  "$bin/initdb" --username=postgres --pwfile=/data/.password --auth-local=trust --auth-host=scram-sha-256 \
    --encoding=UTF8 --locale=C.UTF-8 --no-sync > /data/initdb.log
  rm /data/.password
  echo "host all all all scram-sha-256" >> "$PGDATA/pg_hba.conf"
  "$bin/pg_ctl" start --silent --wait --options="$settings -c listen_addresses=''" --log=/data/first-start.log
  query() { psql --host=/data --username=postgres --set=ON_ERROR_STOP=1 --quiet "$@"; }
  database="${POSTGRES_DATABASE:-postgres}"
  [ "$database" = postgres ] || query --command="CREATE DATABASE \"$database\""
  for file in /etc/postgresql-init/*.sql; do
    if [ -f "$file" ]; then query --dbname="$database" --file="$file"; fi
  done
  "$bin/pg_ctl" stop --silent --wait --mode=fast
fi

if [ -f /etc/postgresql-tls/tls.crt ]; then
  settings="$settings -c ssl=on -c ssl_cert_file=/etc/postgresql-tls/tls.crt -c ssl_key_file=/etc/postgresql-tls/tls.key"
fi
# The words of $settings are separate arguments.
# shellcheck disable=SC2086
exec "$bin/postgres" -c listen_addresses='*' $settings
