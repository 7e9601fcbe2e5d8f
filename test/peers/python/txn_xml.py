"""The XML of the Report `txn`: lxml's incremental writer, one small tree per record."""
from lxml import etree

NAMESPACE = "urn:openreg:bench:txn"
SPACE = "{" + NAMESPACE + "}"


def record_writer(request):
    """A function that makes the element of a record. Names are interned once; elements are made in document order."""
    names = (
        "Tx TxId TradDt ExctnTm BookgTm NoBookgTm Pties Exctg LEI Buyr Id Sellr Cntrpty Nm Ctry Instrm ISIN Cfi MtrtyDt Prptl "
        "Ven MIC Amts Qty Unit Sd Pric Amt Tp Ntnl Rndd Rptg Rate Fee Non Net Xpsr Pos Sttlm Dt Opn Ccy Mtd Dcsn By Cd Algo "
        "Shrt Ind Udfnd Cpcty Rmk Txt Drctn Adm Rptr Md Vrsn Prd Fr To Actn Key"
    ).split()
    tag = {name: SPACE + name for name in names}
    element, sub = etree.Element, etree.SubElement
    nsmap = {None: NAMESPACE}
    lei, start, end = request["lei"], request["periodStart"], request["periodEnd"]

    def record(
        tx_id, trade_date, executed_at, booked_at, settle_date, maturity_date, exec_lei, buyer_id, seller_id, party, country,
        isin, cfi, venue, quantity, side, price, currency, notional, rounded, reporting, fx_rate, fee, net, exposure,
        decision, algorithmic, short_sale, remark, direction,
    ):  # fmt: skip
        one = element(tag["Tx"], nsmap=nsmap)
        sub(one, tag["TxId"]).text = tx_id
        sub(one, tag["TradDt"]).text = trade_date
        sub(one, tag["ExctnTm"]).text = executed_at
        if booked_at is None:
            sub(one, tag["NoBookgTm"]).text = "true"
        else:
            sub(one, tag["BookgTm"]).text = booked_at
        parties = sub(one, tag["Pties"])
        sub(sub(parties, tag["Exctg"]), tag["LEI"]).text = exec_lei
        sub(sub(sub(parties, tag["Buyr"]), tag["Id"]), tag["LEI"]).text = buyer_id
        sub(sub(sub(parties, tag["Sellr"]), tag["Id"]), tag["LEI"]).text = seller_id
        other = sub(parties, tag["Cntrpty"])
        sub(other, tag["Nm"]).text = party
        sub(other, tag["Ctry"]).text = country
        instrument = sub(one, tag["Instrm"])
        sub(sub(instrument, tag["Id"]), tag["ISIN"]).text = isin
        sub(instrument, tag["Cfi"]).text = cfi
        if maturity_date is None:
            sub(instrument, tag["Prptl"]).text = "true"
        else:
            sub(instrument, tag["MtrtyDt"]).text = maturity_date
        sub(sub(instrument, tag["Ven"]), tag["MIC"]).text = venue
        amounts = sub(one, tag["Amts"])
        part = sub(amounts, tag["Qty"])
        sub(part, tag["Unit"]).text = quantity
        sub(part, tag["Sd"]).text = side
        part = sub(amounts, tag["Pric"])
        sub(part, tag["Amt"], Ccy=currency).text = price
        sub(part, tag["Tp"]).text = "MNTRY"
        part = sub(amounts, tag["Ntnl"])
        sub(part, tag["Amt"], Ccy=currency).text = notional
        sub(part, tag["Rndd"]).text = rounded
        part = sub(amounts, tag["Rptg"])
        sub(part, tag["Amt"]).text = reporting
        sub(part, tag["Rate"]).text = fx_rate
        part = sub(amounts, tag["Fee"])
        if fee is None:
            sub(part, tag["Non"]).text = "true"
        else:
            sub(part, tag["Amt"]).text = fee
        sub(sub(amounts, tag["Net"]), tag["Amt"]).text = net
        part = sub(amounts, tag["Xpsr"])
        sub(part, tag["Amt"]).text = exposure.lstrip("-")
        sub(part, tag["Pos"]).text = "false" if exposure[0] == "-" else "true"
        settlement = sub(one, tag["Sttlm"])
        if settle_date is None:
            sub(settlement, tag["Opn"]).text = "true"
        else:
            sub(settlement, tag["Dt"]).text = settle_date
        sub(settlement, tag["Ccy"]).text = currency
        sub(settlement, tag["Mtd"]).text = "DVP"
        decided = sub(one, tag["Dcsn"])
        sub(sub(decided, tag["By"]), tag["Cd"]).text = decision
        sub(decided, tag["Algo"]).text = "true" if algorithmic == "t" else "false"
        part = sub(decided, tag["Shrt"])
        if short_sale is None:
            sub(part, tag["Udfnd"]).text = "true"
        else:
            sub(part, tag["Ind"]).text = "true" if short_sale == "t" else "false"
        sub(decided, tag["Cpcty"]).text = "DEAL" if algorithmic == "t" else "AOTC"
        part = sub(one, tag["Rmk"])
        if remark is None:
            sub(part, tag["Non"]).text = "true"
        else:
            sub(part, tag["Txt"]).text = remark
        sub(part, tag["Drctn"]).text = direction
        admin = sub(one, tag["Adm"])
        sub(sub(admin, tag["Rptr"]), tag["LEI"]).text = lei
        sub(admin, tag["Md"]).text = "Test"
        sub(admin, tag["Vrsn"]).text = "1"
        period = sub(admin, tag["Prd"])
        sub(period, tag["Fr"]).text = start
        sub(period, tag["To"]).text = end
        sub(admin, tag["Actn"]).text = "New"
        sub(admin, tag["Key"]).text = tx_id
        return one

    return record


COLUMNS = (
    "tx_id trade_date executed_at booked_at settle_date maturity_date exec_lei buyer_id seller_id party country "
    "isin cfi venue quantity side price currency notional rounded reporting fx_rate fee net exposure "
    "decision algorithmic short_sale remark direction"
).split()


def write(file, columns, request):
    """Writes the document record by record and gives its digest."""
    record = record_writer(request)
    with etree.xmlfile(file, encoding="UTF-8", buffered=True) as document:
        document.write_declaration()
        with document.element(SPACE + "Document", nsmap={None: NAMESPACE}):
            header = etree.Element(SPACE + "Hdr", nsmap={None: NAMESPACE})
            etree.SubElement(header, SPACE + "Fr").text = request["lei"]
            etree.SubElement(header, SPACE + "Dt").text = request["businessDate"]
            document.write(header)
            write = document.write
            for one in map(record, *(columns[name] for name in COLUMNS)):
                write(one)
    return file.end()
