#!/bin/sh
# Make the bundled model again.
#
# Usage: sh models/make.sh MNIST PENDIGITS WORK
#
# MNIST is a .npz file in Keras' layout, PENDIGITS the file pendigits-orig.tra.gz, WORK a folder for the
# fonts and the first of two models. Needs digitscan[train], npm for the fonts, and three hours on two cores
# that compute in bfloat16. Ended before it is done, it goes on with what it did: fonts that are there are not
# fetched again; add --resume to the command that was ended, and leave out the one before it that was not.
#
# The second training learnt dates with slashes and dashes, which the first, when the bundled model was made,
# was not shown; it is blended with the first so that little else is forgotten.
set -eu

if [ $# -ne 3 ]; then
  echo "usage: sh $0 MNIST PENDIGITS WORK" >&2
  exit 2
fi
here=$(dirname "$0")
mnist=$1 pendigits=$2 work=$3
sh "$here/fonts.sh" "$here/fonts.txt" "$work/families"
learn() {
  digitscan train --data "$mnist" --data "$pendigits" --data fonts --data "$work/families" \
    --augment elastic --degrade 0.35 --dropout 0.2 \
    --schedule cosine --weight-decay 0.01 --batch-size 1024 --bfloat16 "$@"
}
learn -o "$work/first" --strings 120000 --hidden 1024,1024 --normalise directions --batch-norm \
  --learning-rate 2e-3 --epochs 5 --seed 1
learn -o "$here/default" --from "$work/first" --blend 0.7 --strings 40000 \
  --learning-rate 5e-4 --epochs 3 --seed 21
