#!/bin/sh
# Runs a command of Một Cửa as its services run: as the user motcua, with their settings and secrets. Install as /usr/local/bin/motcua, 0755.
# For example: motcua doctor, motcua migrate, motcua rotate-keys. docs/operations/systemd.md says how.
set -eu
exec systemd-run --quiet --pipe --wait --collect \
  --property=User=motcua --property=StateDirectory=motcua --property=UMask=0077 \
  --property=EnvironmentFile=/etc/motcua/settings \
  --property=LoadCredential=database-url:/etc/motcua/database-url \
  --setenv=DEMO=off --setenv=DATA_DIR=/var/lib/motcua \
  /bin/sh -c 'DATABASE_URL_FILE="$CREDENTIALS_DIRECTORY/database-url" exec /usr/bin/node --enable-source-maps /opt/motcua/current/dist/server/main.js "$@"' motcua "$@"
