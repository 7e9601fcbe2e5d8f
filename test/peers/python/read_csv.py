"""Prints the rows of a CSV file as lists of [kind, text]; CSV knows text only. A second argument is the delimiter."""
import csv
import json
import sys

with open(sys.argv[1], encoding="utf-8-sig", newline="") as file:
    csv.field_size_limit(10_000_000)
    rows = list(csv.reader(file, strict=True, delimiter=(sys.argv[2:] or [","])[0]))
print(json.dumps([[["text", value] for value in row] for row in rows[1:]]))
