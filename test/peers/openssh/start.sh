#!/bin/sh
# Takes host key and password from the mounted files, then becomes the server.
set -eu
umask 077
if [ -f /etc/sftp/host_key ]; then
  cp /etc/sftp/host_key /run/sftp/host_key
else
  ssh-keygen -q -t ed25519 -N "" -f /run/sftp/host_key
fi
chmod 600 /run/sftp/host_key

passwords=no
hash='*'
if [ -f /etc/sftp/password ]; then
  hash=$(openssl passwd -6 -stdin < /etc/sftp/password)
  passwords=yes
fi
printf 'sftp:%s:20000:0:99999:7:::\n' "$hash" > /run/sftp/shadow

exec /usr/sbin/sshd -D -e -o PasswordAuthentication="$passwords"
