"""Prints what openpyxl finds on each sheet of a large workbook: [name, rows, first row, second row, last row]."""
import json
import sys

import openpyxl

book = openpyxl.load_workbook(sys.argv[1], read_only=True)
found = []
for sheet in book.worksheets:
    rows = []
    count = 0
    for row in sheet.iter_rows(values_only=True):
        count += 1
        rows = [*rows[:2], row] if count > 3 else [*rows, row]
    found.append([sheet.title, count, *rows])
print(json.dumps(found))
