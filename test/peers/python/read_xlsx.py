"""Checks the archive and prints the sheets of a workbook as openpyxl reads them: {name: rows of [kind, text]}."""
import datetime
import json
import re
import sys
import zipfile
from decimal import Decimal, getcontext

import openpyxl
from openpyxl.utils.escape import unescape

getcontext().prec = 200


def number(value, shown):
    """A number with the fraction digits that its format shows."""
    places = len(shown.partition(".")[2])
    exact = Decimal(repr(value))
    rounded = exact.quantize(Decimal(1).scaleb(-places))
    assert rounded == exact, f"{value!r} is shown rounded by {shown}"
    return f"{rounded:f}"


def moment(value, shown):
    """A date or a time with the fraction digits that its format shows."""
    if "hh" not in shown:
        assert value.time() == datetime.time(0), f"{value} is shown without its time"
        return value.date().isoformat()
    places = len(re.search(r"ss\.?(0*)", shown)[1])
    fraction = f"{value.microsecond:06d}"
    assert set(fraction[places:]) <= {"0"}, f"{value} is shown cut by {shown}"
    return value.strftime("%Y-%m-%dT%H:%M:%S").rjust(19, "0") + (f".{fraction[:places]}" if places else "") + "Z"


def cell(found):
    value = found.value
    if value is None:
        return None
    if isinstance(value, bool):
        return ["bool", "true" if value else "false"]
    if isinstance(value, (int, float)):
        return ["number", number(value, found.number_format)]
    if isinstance(value, datetime.datetime):
        return ["date", moment(value, found.number_format)]
    assert found.data_type == "s", f"{found.coordinate} is of type {found.data_type}"
    return ["text", unescape(value)]


with zipfile.ZipFile(sys.argv[1]) as archive:
    bad = archive.testzip()
    assert bad is None, f"the entry {bad} is damaged"
book = openpyxl.load_workbook(sys.argv[1])
print(
    json.dumps(
        {
            sheet.title: [[cell(found) for found in row] for row in sheet.iter_rows()]
            for sheet in book.worksheets
        }
    )
)
