#!/bin/sh
# Fetch the fonts of a list into a folder, a folder for each family with its licence.
#
# Usage: sh models/fonts.sh models/fonts.txt FOLDER
#
# A line of the list is a package of npm with its version, and the styles to take (weight and slope);
# lines that begin with # are headings. Families that are there already are passed over. Fonts whose
# package does not name the OFL-1.1 or the Apache-2.0 licence are refused. Needs npm, tar and sed.
set -eu

if [ $# -ne 2 ]; then
  echo "usage: sh $0 LIST FOLDER" >&2
  exit 2
fi
list=$1
folder=$2
mkdir -p "$folder"
work=$(mktemp -d "$folder/.fetch-XXXXXX")
trap 'rm -rf "$work"' EXIT

sed -e '/^#/d' -e '/^$/d' "$list" | while read -r package styles; do
  family=${package#*/}
  family=${family%@*}
  if [ -d "$folder/$family" ]; then
    continue
  fi
  rm -rf "$work"/*
  if ! npm pack --silent --pack-destination "$work" "$package" >/dev/null; then
    echo "$package: cannot be fetched" >&2
    exit 1
  fi
  tar -xzf "$work"/*.tgz -C "$work"
  licence=$(sed -n 's/^ *"license": *"\(.*\)".*$/\1/p' "$work/package/package.json")
  case $licence in
    OFL-1.1 | Apache-2.0) ;;
    *)
      echo "$package: licence '$licence' is neither OFL-1.1 nor Apache-2.0" >&2
      exit 1
      ;;
  esac
  mkdir "$work/$family"
  for style in $styles; do
    cp "$work/package/files/$family-latin-$style.woff2" "$work/$family/"
  done
  cp "$work/package/LICENSE" "$work/$family/"
  mv "$work/$family" "$folder/"
done
