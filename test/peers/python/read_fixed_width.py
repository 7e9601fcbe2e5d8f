"""Prints the rows of a fixed-width file as lists of [kind, text]; arguments are widths with L or R for the side of the value."""
import json
import sys

columns = [(int(argument[:-1]), argument[-1]) for argument in sys.argv[2:]]


def cells(line):
    assert len(line) == sum(width for width, _ in columns), f"a line has {len(line)} characters"
    at = 0
    for width, side in columns:
        text = line[at : at + width]
        at += width
        yield ["text", text.rstrip(" ") if side == "L" else text.lstrip(" ")]


with open(sys.argv[1], encoding="utf-8", newline="") as file:
    lines = file.read().split("\r\n")
assert lines.pop() == "", "the last line does not end"
print(json.dumps([list(cells(line)) for line in lines]))
