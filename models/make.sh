#!/bin/sh
# Make a model like the bundled one: train it, train a teacher of single digits, refine it with that.
#
# Usage: sh models/make.sh MNIST PENDIGITS WORK
#
# MNIST is a .npz file in Keras' layout, PENDIGITS the file pendigits-orig.tra.gz, WORK a folder for the
# fonts, the model before it is refined, and the teacher. Needs digitscan[train], npm for the fonts, and three
# hours on two cores that compute in bfloat16. Ended before it is done, it goes on with what it
# did: fonts, model and teacher are not made again; add --resume to the training if that was ended.
set -eu

if [ $# -ne 3 ]; then
  echo "usage: sh $0 MNIST PENDIGITS WORK" >&2
  exit 2
fi
here=$(dirname "$0")
work=$3
sh "$here/fonts.sh" "$here/fonts.txt" "$work/families"
set -- --data "$1" --data "$2" --data fonts --data "$work/families"
[ -e "$work/trained/model.json" ] ||
  digitscan train -o "$work/trained" "$@" \
    --augment elastic --degrade 0.35 --strings 120000 \
    --hidden 1024,1024 --normalise directions --batch-norm --dropout 0.2 \
    --learning-rate 2e-3 --schedule cosine --weight-decay 0.01 \
    --epochs 5 --batch-size 1024 --bfloat16 --seed 1
[ -e "$work/teacher.keras" ] || python "$here/teacher.py" "$work/trained" "$@" -o "$work/teacher.keras"
python "$here/refine.py" "$work/trained" "$work/teacher.keras" "$@" -o "$here/default"
