"""Prints for each record of an XML document the texts of all elements of each name given; the reader is lxml."""
import json
import sys

from lxml import etree

path, record, *names = sys.argv[1:]
rows = []
for _, element in etree.iterparse(path, tag=record, resolve_entities=False, huge_tree=True):
    rows.append([[found.text or "" for found in element.findall(name)] for name in names])
    element.clear()
print(json.dumps(rows))
