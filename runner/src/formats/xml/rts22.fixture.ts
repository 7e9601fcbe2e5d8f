/** A small report of transactions in the manner of RTS 22: for tests only. */
import type { XmlSettings } from "./settings.ts";

const party = (name: string, prefix: string) => [
  { at: `${name}/AcctOwnr/Id/LEI`, when: `row.${prefix}_type == "LEI"`, value: `row.${prefix}_id` },
  { at: `${name}/AcctOwnr/Id/Prsn/FrstNm`, value: `row.${prefix}_first` },
  { at: `${name}/AcctOwnr/Id/Prsn/Nm`, value: `row.${prefix}_name` },
  { at: `${name}/AcctOwnr/Id/Prsn/Othr/Id`, when: `row.${prefix}_type == "PRSN"`, value: `row.${prefix}_id` },
  { at: `${name}/AcctOwnr/Id/Prsn/Othr/SchmeNm/Cd`, value: `row.${prefix}_scheme` },
];

/** Settings as a definition has them. */
export const rts22: XmlSettings = {
  namespaces: [
    { prefix: "b", uri: "urn:example:head.003" },
    { prefix: "h", uri: "urn:example:head.001" },
    { prefix: "d", uri: "urn:example:auth.016" },
  ],
  header: [
    { at: "b:BizData/Hdr/h:AppHdr/Fr/OrgId/Id", value: "run.parameters.lei" },
    { at: "b:BizData/Hdr/h:AppHdr/To/OrgId/Id", value: '"NCA"' },
    { at: "b:BizData/Hdr/h:AppHdr/BizMsgIdr", value: '"MIFIR-" + part.sequence' },
    { at: "b:BizData/Hdr/h:AppHdr/CreDt", value: "run.createdAt" },
  ],
  recordAt: "b:BizData/Pyld/d:Document/FinInstrmRptgTxRpt/Tx",
  choices: [
    {
      when: 'row.status == "CANC"',
      at: "Cxl",
      elements: [
        { at: "TxId", value: "row.tx_ref" },
        { at: "ExctgPty", value: "row.exec_lei" },
      ],
    },
    {
      when: 'row.status == "NEWT"',
      at: "New",
      elements: [
        { at: "TxId", value: "row.tx_ref" },
        { at: "ExctgPty", value: "row.exec_lei" },
        { at: "InvstmtPtyInd", value: "row.inv_firm" },
        ...party("Buyr", "buyer"),
        ...party("Sellr", "seller"),
        { at: "Tx/TradDt", value: "row.traded_at" },
        { at: "Tx/Qty/Unit", when: 'row.qty_type == "UNIT"', value: "row.qty" },
        {
          at: "Tx/Qty/NmnlVal",
          when: 'row.qty_type == "NMNL"',
          value: "row.qty",
          attributes: [{ name: "Ccy", value: "row.qty_ccy" }],
        },
        { at: "Tx/TradVn", value: "row.mic" },
        { at: "FinInstrm/Id", value: "row.isin" },
        { at: "AddtlAttrbts/WvrInd", each: "row.waivers" },
      ],
    },
  ],
};

/** Its columns. */
export const rts22Columns = [
  { name: "tx_ref", type: "String", required: true },
  { name: "status", type: "String", required: true },
  { name: "exec_lei", type: "String", required: true },
  { name: "inv_firm", type: "Boolean", required: true },
  ...["buyer", "seller"].flatMap((side) => [
    { name: `${side}_type`, type: "String", required: true },
    { name: `${side}_id`, type: "String" },
    { name: `${side}_first`, type: "String" },
    { name: `${side}_name`, type: "String" },
    { name: `${side}_scheme`, type: "String" },
  ]),
  { name: "traded_at", type: "Timestamp(6)", required: true },
  { name: "qty_type", type: "String", required: true },
  { name: "qty", type: "Decimal(38,5)", required: true },
  { name: "qty_ccy", type: "String" },
  { name: "mic", type: "String", required: true },
  { name: "isin", type: "String", required: true },
  { name: "waivers", type: "String[]" },
];

const lei = ["LEI", "5493001KJTIIGC8Y1R12", null, null, null];
const person = ["PRSN", "DE19800101ANNA#MUELL", "Änna & Co", 'M<ü>ller "x"', "CONCAT"];
const rest = (qty: string, type = "UNIT", ccy: string | null = null, waivers: string | null = null) => [
  "2026-01-30 12:34:56.123456",
  type,
  qty,
  ccy,
  "XPAR",
  "FR0000131104",
  waivers,
];

/** Rows as a source prints them. */
export const rts22Rows: readonly (readonly (string | null)[])[] = [
  ["T1", "NEWT", "9999OPENREG000000168", "t", ...lei, ...person, ...rest("100.00000")],
  ["T2", "CANC", "9999OPENREG000000168", "t", ...lei, ...lei, ...rest("1.50000")],
  [
    "T3",
    "NEWT",
    "9999OPENREG000000168",
    "f",
    ...person,
    ...lei,
    ...rest("123456789012345678901234567890123.45678", "NMNL", "EUR", '{OILQ,"a & \\"b\\"",NULL}'),
  ],
];
