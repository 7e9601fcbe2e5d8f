"""Prints the records of an XML document as lists of [kind, text], one for each name given; the reader is lxml."""
import json
import sys

from lxml import etree

path, record, *names = sys.argv[1:]
rows = []
for _, element in etree.iterparse(path, tag=record, resolve_entities=False, huge_tree=True):
    cells = []
    for name in names:
        found = element.find(name)
        cells.append(None if found is None else ["text", found.text or ""])
    rows.append(cells)
    element.clear()
print(json.dumps(rows))
