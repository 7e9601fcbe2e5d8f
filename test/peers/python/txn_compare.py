"""Compares the files of two makers of the Report `txn` and prints how much was compared and what differs.

Null and empty text count as the same: Python's csv writes them alike.
"""
import csv
import datetime
import itertools
import json
import sys
from decimal import Decimal

import openpyxl
from lxml import etree

RECORD = "{urn:openreg:bench:txn}Tx"
MOST_DIFFERENCES = 5


def csv_rows(path, _limit):
    with open(path, encoding="utf-8", newline="") as file:
        yield from csv.reader(file)


def xml_records(path, limit):
    """Of each record its elements in order: name, text, attributes."""
    records = etree.iterparse(path, tag=RECORD, huge_tree=True)
    for _, record in itertools.islice(records, limit):
        yield [(one.tag, one.text or "", dict(one.attrib)) for one in record.iter()]
        record.clear()
        while record.getprevious() is not None:
            del record.getparent()[0]


def xlsx_rows(path, limit):
    book = openpyxl.load_workbook(path, read_only=True)
    for row in book.worksheets[0].iter_rows(max_row=limit, values_only=True):
        yield [plain(value) for value in row]


def plain(value):
    """A value without its kind: what is a number for one may be text with the same digits for the other."""
    if value is None:
        return ""
    if isinstance(value, datetime.datetime):  # a date is read as its midnight
        is_day = value.time() == datetime.time(0)
        return value.date().isoformat() if is_day else value.isoformat(timespec="microseconds") + "Z"
    text = repr(value) if isinstance(value, float) else str(value)
    if text and text[0] in "-0123456789" and text.count("-") < 2:
        return Decimal(text) if all(one in "-+.e0123456789" for one in text) else text
    return text


READERS = {"csv": csv_rows, "xlsx": xlsx_rows, "xml": xml_records}


def compare(name, ours, theirs, limit):
    count = 0
    differences = []
    for mine, other in itertools.zip_longest(READERS[name](ours, limit), READERS[name](theirs, limit)):
        count += 1
        if mine == other:
            continue
        pairs = list(itertools.zip_longest(mine or [], other or []))
        place, pair = next((place, pair) for place, pair in enumerate(pairs) if pair[0] != pair[1])
        differences.append(f"{name}, record {count}, value {place + 1}: {pair[0]!r} against {pair[1]!r}")
        if len(differences) == MOST_DIFFERENCES:
            break
    return {"records": count, "differences": differences}


if __name__ == "__main__":
    with open(sys.argv[1], encoding="utf-8") as request_file:
        request = json.load(request_file)
    print(
        json.dumps(
            {
                name: compare(name, request["ours"][name], request["theirs"][name], request["limits"].get(name))
                for name in request["ours"]
            }
        )
    )
