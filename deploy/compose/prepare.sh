#!/bin/sh
# Makes the secrets that compose.yaml mounts, once; what is there is left alone. Run it by root, who may give files away.
# Another folder may be named, and another owner: sh prepare.sh FOLDER UID
set -eu
folder=${1:-$(dirname "$0")/secrets}
owner=${2:-10001} # the user of the image
umask 077
mkdir -p "$folder"
random() { head -c 32 /dev/urandom | base64 | tr -d '\n'; }

[ -e "$folder/master_key" ] || random >"$folder/master_key"
[ -e "$folder/database_password" ] || random | tr '+/' '-_' | tr -d '=' >"$folder/database_password"
[ -e "$folder/database_url" ] ||
  printf 'postgresql://widget_service:%s@database:5432/widget_service' "$(cat "$folder/database_password")" >"$folder/database_url"

chmod 0400 "$folder/master_key" "$folder/database_password" "$folder/database_url"
chown "$owner" "$folder/master_key" "$folder/database_url"
echo "The secrets are in $folder. Keep a copy of master_key apart from backups: without it no stored secret can be read."
