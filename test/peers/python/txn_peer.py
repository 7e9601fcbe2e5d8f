"""The Report `txn` as firms make it with Python, tuned: what the bench is compared with. Prints JSON: rows, findings, digests, seconds of stages.

pandas reads COPY as exact text and checks by columns, RestrictedPython computes the fields of each row, openpyxl (write-only) and
lxml (xmlfile) write in order, and sha256 is taken while the bytes are written. It is as fast as we could make it with these parts.
"""
import csv
import gc
import hashlib
import io
import json
import os
import sys
import time
from datetime import date
from decimal import ROUND_HALF_UP, Decimal, getcontext

import openpyxl
import pandas
import psycopg2
from lxml import etree
from RestrictedPython import compile_restricted, safe_builtins

import txn_rules
import txn_xml

getcontext().prec = 100

# what a user would write; only what is computed comes out of it, since copying columns through it would cost more
TRANSFORM = """
def transform(side, quantity, price, fx_rate, fee, counterparty, algorithmic, trader):
    notional = price * quantity
    rounded = round_to(notional, CENT)
    return (
        notional,
        rounded,
        round_to(notional * fx_rate, CENT),
        rounded - fee,
        "BUYI" if side == "B" else "SELL",
        "UNKNOWN" if counterparty is None else counterparty,
        "ALGO" if algorithmic == "t" else ("NORE" if trader is None else trader),
    )
"""
HEADERS = (
    "TxId TradeDate ExecutedAt BookedAt SettleDate Executing Buyer Seller Party ISIN CFI Direction "
    "Quantity Price Notional Reporting Net Currency Exposure Decision Remark"
).split()


class Hashing(io.RawIOBase):
    """A file that takes its digest while it is written. Without seek, so the ZIP archive is written in order too."""

    def __init__(self, path):
        self.file = open(path, "wb", buffering=1 << 20)
        self.sha256 = hashlib.sha256()

    def write(self, data):
        self.sha256.update(data)
        return self.file.write(data)

    def writable(self):
        return True

    def flush(self):
        self.file.flush()

    def end(self):
        self.file.flush()
        os.fsync(self.file.fileno())
        self.file.close()
        return self.sha256.hexdigest()


def fetch(request):
    """A frame of text and None. COPY is the fastest exact way; NULL is marked, so that empty text stays what it is."""
    taken = io.BytesIO()
    with psycopg2.connect(request["dsn"], options="-c TimeZone=UTC") as connection:
        with connection.cursor() as cursor:
            cursor.copy_expert(
                f"COPY ({request['query']}) TO STDOUT (FORMAT csv, HEADER, NULL '\\N')",
                taken,
                size=1 << 20,
            )
    taken.seek(0)
    frame = pandas.read_csv(
        taken, dtype=object, keep_default_na=False, na_values=["\\N"], encoding="utf-8", low_memory=False
    )
    return frame.where(frame.notna(), None)


def moments(texts):
    """Timestamps of PostgreSQL in the form of the files, with all six fraction digits."""
    return [
        None if text is None else f"{text[:10]}T{text[11:-3]:0<15}Z" if len(text) > 22 else f"{text[:10]}T{text[11:19]}.000000Z"
        for text in texts
    ]


def transformed(columns):
    """The computed fields of all rows, row by row, by restricted code."""
    space = {
        "__builtins__": safe_builtins,
        "CENT": Decimal("0.01"),
        "round_to": lambda value, unit: value.quantize(unit, ROUND_HALF_UP),
    }
    exec(compile_restricted(TRANSFORM, "<transform>", "exec"), space)
    zero = Decimal("0.0000")
    fees = [zero if fee is None else Decimal(fee) for fee in columns["fee"]]
    amounts = [list(map(Decimal, columns[name])) for name in ("quantity", "price", "fx_rate")]
    rows = map(
        space["transform"],
        columns["side"],
        *amounts,
        fees,
        columns["counterparty"],
        columns["algorithmic"],
        columns["trader"],
    )
    names = ("notional", "rounded", "reporting", "net", "direction", "party", "decision")
    computed = dict(zip(names, zip(*rows)))
    for name in ("notional", "rounded", "reporting", "net"):
        computed[name] = list(map(str, computed[name]))
    return computed


def table(columns):
    """The 21 columns of CSV and XLSX, as text."""
    names = (
        "tx_id trade_date executed_at booked_at settle_date exec_lei buyer_id seller_id party isin cfi direction "
        "quantity price notional reporting net currency exposure decision remark"
    ).split()
    return [columns[name] for name in names]


def write_csv(path, columns):
    file = Hashing(path)
    text = io.TextIOWrapper(io.BufferedWriter(file, 1 << 20), encoding="utf-8", newline="", write_through=False)
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(HEADERS)
    writer.writerows(zip(*table(columns)))
    text.flush()
    return file.end()


def write_xlsx(path, columns):
    """Typed cells: dates, numbers of at most 15 digits, else text. Numbers have no format of their own: that would cost more."""
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("Transactions")
    cells = table(columns)
    days = {text: None if text is None else date.fromisoformat(text) for text in set(cells[1]) | set(cells[4])}
    for index in (1, 4):
        cells[index] = [days[text] for text in cells[index]]
    for index in (12, 13, 15, 16):
        cells[index] = list(map(float, cells[index]))
    append = sheet.append
    append(HEADERS)
    for row in zip(*cells):
        append(row)
    file = Hashing(path)
    book.save(Unseekable(file))
    return file.end()


class Unseekable:
    """What zipfile takes for a stream."""

    def __init__(self, file):
        self.write = file.write
        self.flush = file.flush


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        request = json.load(file)
    seconds = {}

    def timed(name, step, *arguments):
        started = time.perf_counter()
        answer = step(*arguments)
        seconds[name] = round(time.perf_counter() - started, 3)
        return answer

    frame = timed("fetch", fetch, request)
    found = timed("rules", txn_rules.check, frame, request)
    kept = frame[found["kept"]] if not found["kept"].all() else frame
    columns = {name: kept[name].tolist() for name in kept.columns}
    del frame
    columns.update(timed("transform", transformed, columns))
    for name in ("executed_at", "booked_at"):
        columns[name] = timed(name, moments, columns[name])
    writers = {
        "csv": write_csv,
        "xlsx": write_xlsx,
        "xml": lambda path, columns: txn_xml.write(Hashing(path), columns, request),
    }
    artifacts = []
    for name in request["outputs"]:
        path = os.path.join(request["folder"], f"peer.{name}")
        artifacts.append({"output": name, "path": path, "sha256": timed(name, writers[name], path, columns)})
    print(
        json.dumps(
            {
                "rows": {"fetched": len(found["kept"]), "excluded": int((~found["kept"]).sum())},
                "findings": found["findings"],
                "artifacts": artifacts,
                "stageSeconds": seconds,
                "versions": {
                    "Python": sys.version.split()[0],
                    "pandas": pandas.__version__,
                    "openpyxl": openpyxl.__version__,
                    "lxml": etree.__version__,
                },
            }
        )
    )


if __name__ == "__main__":
    gc.disable()  # nothing here makes cycles, and looking for them costs time
    main()
