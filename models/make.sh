#!/bin/sh
# Make the bundled model again.
#
# Usage: sh models/make.sh MNIST PENDIGITS WORK
#
# MNIST is a .npz file in Keras' layout, PENDIGITS the file pendigits-orig.tra.gz, WORK a folder for the
# fonts. Needs digitscan[train], npm for the fonts, and two hours on two cores that compute in
# bfloat16. Ended before it is done, it goes on with what it did: fonts that are there are not fetched
# again; add --resume to the last command.
set -eu

if [ $# -ne 3 ]; then
  echo "usage: sh $0 MNIST PENDIGITS WORK" >&2
  exit 2
fi
here=$(dirname "$0")
sh "$here/fonts.sh" "$here/fonts.txt" "$3/families"
digitscan train -o "$here/default" \
  --data "$1" --data "$2" --data fonts --data "$3/families" \
  --augment elastic --degrade 0.35 --strings 120000 \
  --hidden 1024,1024 --normalise directions --batch-norm --dropout 0.2 \
  --learning-rate 2e-3 --schedule cosine --weight-decay 0.01 \
  --epochs 5 --batch-size 1024 --bfloat16 --seed 1
