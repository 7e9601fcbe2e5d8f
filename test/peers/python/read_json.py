"""Prints the rows of a JSON or NDJSON file as lists of [kind, text]: numbers with the digits that the file has."""
import json
import sys


class Number(str):
    """The text of a number, untouched."""


def cell(value):
    if value is None:
        return None
    if isinstance(value, bool):
        return ["bool", "true" if value else "false"]
    if isinstance(value, Number):
        return ["number", str(value)]
    if isinstance(value, list):
        return ["list", [cell(element) for element in value]]
    return ["text", value]


def parsed(text):
    return json.loads(text, parse_float=Number, parse_int=Number)


with open(sys.argv[1], encoding="utf-8", newline="") as file:
    text = file.read()
records = parsed(text) if sys.argv[2] == "Array" else [parsed(line) for line in text.split("\n")[:-1]]
print(json.dumps([[cell(value) for value in record.values()] for record in records]))
