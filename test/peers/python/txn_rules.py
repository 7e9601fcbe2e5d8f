"""The 20 rules of the Report `txn` by whole columns; what repeats is checked once per distinct value."""
import re
from decimal import Decimal

import numpy
import pandas

CURRENCIES = set("EUR USD GBP CHF JPY SEK NOK DKK PLN CZK HUF RON BGN AUD CAD NZD SGD HKD CNY INR BRL MXN ZAR TRY KRW".split())
LETTERS = {letter: str(ord(letter) - 55) for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"}


def is_lei(text):
    if not re.fullmatch("[0-9A-Z]{18}[0-9]{2}", text):
        return False
    return int("".join(LETTERS.get(one, one) for one in text)) % 97 == 1


def is_isin(text):
    if not re.fullmatch("[A-Z]{2}[0-9A-Z]{9}[0-9]", text):
        return False
    digits = [int(one) for one in "".join(LETTERS.get(one, one) for one in text)]
    doubled = [two if place % 2 == 0 else two * 2 // 10 + two * 2 % 10 for place, two in enumerate(reversed(digits))]
    return sum(doubled) % 10 == 0


def by_value(column, check):
    """Whether each value passes; the check is asked once per distinct value."""
    codes, values = pandas.factorize(column)
    return numpy.fromiter(map(check, values), dtype=bool, count=len(values))[codes]


def below(texts, limit):
    """Whether exact products are below a limit: floating point decides all but those so near that it could be wrong."""
    left, right = (pandas.to_numeric(one).to_numpy() for one in texts)
    product = left * right
    passes = product < limit
    for row in numpy.flatnonzero(numpy.abs(product - limit) <= limit * 1e-9):
        passes[row] = Decimal(texts[0].iat[row]) * Decimal(texts[1].iat[row]) < limit
    return passes


def not_negative_days(earlier, later, strict=False):
    """Whether one date is not before another, as text of one form; null passes."""
    missing = later.isna().to_numpy()
    filled = later.where(~missing, "9999-12-31").to_numpy(dtype="U10")
    compare = numpy.greater if strict else numpy.greater_equal
    return missing | compare(filled, earlier.to_numpy(dtype="U10"))


def check(frame, request):
    """Says which rows are kept, and how many findings each rule has. A violated Blocking rule ends the run."""
    moments = {
        name: pandas.to_datetime(frame[name], format="ISO8601", utc=True, cache=False)
        for name in ("executed_at", "booked_at")
    }
    start, end = (pandas.Timestamp(request[name]) for name in ("periodStart", "periodEnd"))
    executed, booked = moments["executed_at"], moments["booked_at"]
    quantity, price = (pandas.to_numeric(frame[name]) for name in ("quantity", "price"))
    exposure = frame["exposure"].str.lstrip("-")
    fee = pandas.to_numeric(frame["fee"])
    rules = {
        ("TX-01", "Blocking"): lambda: frame["tx_id"].str.fullmatch("TX[0-9]{16}"),
        ("TX-02", "Blocking"): lambda: frame["trade_date"] == request["businessDate"],
        ("TX-03", "Blocking"): lambda: (executed >= start) & (executed < end),
        ("TX-04", "Warning"): lambda: booked.isna() | (booked >= executed),
        ("TX-05", "Warning"): lambda: not_negative_days(frame["trade_date"], frame["settle_date"]),
        ("TX-06", "Warning"): lambda: not_negative_days(frame["trade_date"], frame["maturity_date"], strict=True),
        ("TX-07", "Blocking"): lambda: by_value(frame["exec_lei"], is_lei),
        ("TX-08", "Correctable"): lambda: by_value(frame["buyer_id"], is_lei),
        ("TX-09", "Correctable"): lambda: by_value(frame["seller_id"], is_lei),
        ("TX-10", "Warning"): lambda: frame["buyer_id"] != frame["seller_id"],
        ("TX-11", "Correctable"): lambda: by_value(frame["isin"], is_isin),
        ("TX-12", "Blocking"): lambda: by_value(frame["cfi"], re.compile("[A-Z]{6}").fullmatch),
        ("TX-13", "Blocking"): lambda: frame["side"].isin(["B", "S"]),
        ("TX-14", "Correctable"): lambda: quantity > 0,
        ("TX-15", "Correctable"): lambda: price > 0,
        ("TX-16", "Blocking"): lambda: by_value(frame["currency"], CURRENCIES.__contains__),
        ("TX-17", "Warning"): lambda: below((frame["price"], frame["quantity"]), 1300000000),
        # 28 digits before the point, none of them a 9 at the first place: text of one length compares like its number
        ("TX-18", "Blocking"): lambda: (exposure.str.len() < 39) | (exposure < "9"),
        ("TX-19", "Warning"): lambda: fee.isna() | (fee < 419.4),
        ("TX-20", "Warning"): lambda: (frame["algorithmic"] == "t") | frame["trader"].notna(),
    }
    kept = numpy.ones(len(frame), dtype=bool)
    findings = {}
    for (rule, severity), passes in rules.items():
        passed = numpy.asarray(passes(), dtype=bool)
        if passed.all():
            continue
        findings[rule] = int((~passed).sum())
        if severity == "Blocking":
            raise SystemExit(f"{rule} is violated in {findings[rule]} rows")
        if severity == "Correctable":
            kept &= passed
    return {"kept": kept, "findings": findings}
