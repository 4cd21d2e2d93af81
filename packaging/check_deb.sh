#!/bin/sh
# check_deb.sh BUILD: makes the package in a folder of its own and looks at what is in it.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$1"
cpack -G DEB -B "$folder" >"$folder/log" 2>&1 || { cat "$folder/log"; exit 1; }
dpkg-deb -c "$folder"/hammock_*.deb >"$folder/content"
missing=0
for path in usr/bin/hammock usr/bin/hammock-keeper usr/bin/hammock-courier usr/bin/hammock-gauge \
  usr/share/hammock/end-of-life.txt lib/systemd/system/hammock.service \
  usr/share/man/man1/hammock.1.gz usr/share/bash-completion/completions/hammock \
  usr/share/zsh/vendor-completions/_hammock usr/share/fish/vendor_completions.d/hammock.fish; do
  line=$(grep " \./$path\$" "$folder/content") || { echo "missing: $path"; missing=1; continue; }
  case "$line" in
    *" 0 "*"-"*" ./$path") echo "empty: $path"; missing=1 ;;
  esac
done
depends=$(dpkg-deb -f "$folder"/hammock_*.deb Depends)
for library in libc6 libcurl4 libc-ares2 libssl3 libseccomp2 ca-certificates; do
  case "$depends" in
    *"$library"*) ;;
    *) echo "no dependency on $library"; missing=1 ;;
  esac
done
exit $missing
