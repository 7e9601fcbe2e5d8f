/** Owns the bad definitions whose outputs are wrong. */
import type { ReportSpec } from "@openreg/crds/types";
import type { Bad } from "./bad-definitions.fixture.ts";
import { wideSpec } from "./wide-report.fixture.ts";

type Output = ReportSpec["outputs"][number];
type Xml = NonNullable<Output["xml"]>;

const record = (change: Partial<NonNullable<ReportSpec["record"]>>) => ({ record: { ...wideSpec.record, ...change } });
const output = (index: number, change: Partial<Output>) => ({
  outputs: wideSpec.outputs.map((one, at) => (at === index ? { ...one, ...change } : one)),
});
const xml = (change: Partial<Xml>) => output(4, { xml: { ...(wideSpec.outputs[4]?.xml as Xml), ...change } });
const elements = (...added: Xml["choices"][number]["elements"]) => xml({ choices: [{ elements: added }] });

/** Bad outputs, keyed by a sentence. */
export const badOutputs: Readonly<Record<string, Bad>> = {
  "rows of a table to look up in as an output": {
    change: output(0, { from: "venues" }),
    path: "spec.outputs[0].from",
    says: "1:1 output 'csv': input 'venues' is a table to look up in, its rows are not written (name an input without lookupBy)",
  },
  "a sheet of an input that does not exist": {
    change: output(3, { xlsx: { sheets: [{ name: "A", from: "controls" }] } }),
    path: "spec.outputs[3].xlsx.sheets[0].from",
    says: "1:1 output 'xlsx': unknown input 'controls' (the inputs are trades, venues, control)",
  },
  "two sheets of one name": {
    change: output(3, { xlsx: { sheets: ["A", "a"].map((name) => ({ name, from: "control" })) } }),
    path: "spec.outputs[3].xlsx.sheets[1].name",
    says: "1:1 output 'xlsx': a second sheet is named 'a' (case does not count) (give each sheet a name of its own)",
  },
  "all columns as CSV, with a list among them": {
    change: output(0, { csv: {} }),
    path: "spec.outputs[0].csv",
    says: "1:1 output 'csv': the column 'waivers' is a list and cannot be written as one value (name the columns to write, with row.waivers.join(\",\") where it is a list of strings)",
  },
  "a list in a cell": {
    change: output(0, { csv: { columns: [{ header: "W", value: "row.waivers" }] } }),
    path: "spec.outputs[0].csv.columns[0].value",
    says: "1:1 output 'csv': a list of string cannot be written as one value (use x.join(\",\") on a list of strings, or x.size())",
  },
  "each of what is no list": {
    change: elements({ at: "A", each: "row.mic" }),
    path: "spec.outputs[4].xml.choices[0].elements[0].each",
    says: "1:1 output 'xml': each writes one element per item of a list, but this is string (write value instead of each)",
  },
  "two members of one name": {
    change: output(2, { json: { columns: [1, 2].map(() => ({ name: "id", value: "row.mic" })) } }),
    path: "spec.outputs[2].json.columns[1].name",
    says: "1:1 output 'json': the member 'id' occurs twice (give each member a name of its own)",
  },
  "a row in a trailer": {
    change: output(0, { csv: { trailer: ["T", "T;{row.qty}"] } }),
    path: "spec.outputs[0].csv.trailer[1]",
    says: "1:4 output 'csv': there is no row here (use run.* values)",
  },
  "a split that does not cut": {
    change: output(1, { split: { keepTogether: "RecordKey" } }),
    path: "spec.outputs[1].split",
    says: "1:1 output 'fixed': split does not say where a part ends (set maxRecords, maxSize or by)",
  },
  "parts of one name": {
    change: output(1, { split: { maxRecords: 10 } }),
    path: "spec.outputs[1].fileName",
    says: "1:1 output 'fixed': all parts would have the same name (put {part.number} into it)",
  },
  "a split by a column that does not exist": {
    change: output(0, { split: { by: ["currencies"] } }),
    path: "spec.outputs[0].split.by[0]",
    says: "1:1 output 'csv': split: unknown column 'currencies' (known are tx_ref, status, exec_lei, mic, qty, ccy, waivers, twice)",
  },
  "parts kept together without a key": {
    change: record({ key: undefined }),
    path: "spec.outputs[0].split.keepTogether",
    says: "1:1 output 'csv': these rows have no record key (set spec.record.key, or take it out)",
  },
  "two files of one name for one receiver": {
    change: output(2, { fileName: "T.txt" }),
    path: "spec.outputs[2].fileName",
    says: "1:1 Destination 'regulator' gets two files named T.txt (give each output a file name of its own)",
  },
  "an entry name that reads a row": {
    change: { deliverTo: [{ destinationRef: { name: "regulator" }, package: [{ zip: { entryName: "{row.qty}" } }] }] },
    path: "spec.deliverTo[0].package[0].zip.entryName",
    says: "1:2 there is no row here (use run.* values)",
  },
  "an XML element that is opened again": {
    change: elements({ at: "A/X", value: "1" }, { at: "B", value: "1" }, { at: "A/Y", value: "1" }),
    path: "spec.outputs[4].xml.choices[0].elements[2].at",
    says: "1:1 output 'xml': 'A' was closed by the elements before (put all elements below A next to each other)",
  },
  "an XML element that is written twice": {
    change: elements({ at: "A", when: "row.qty > 0.0", value: "1" }, { at: "A", value: "1" }),
    path: "spec.outputs[4].xml.choices[0].elements[1].at",
    says: "1:1 output 'xml': 'A' is written twice (give both a condition, or use each with a list)",
  },
  "an XML element with text and elements": {
    change: elements({ at: "A", value: "1" }, { at: "A/B", value: "1" }),
    path: "spec.outputs[4].xml.choices[0].elements[1].at",
    says: "1:1 output 'xml': 'A' would hold both text and elements (give the text an element of its own)",
  },
  "an XML prefix without a namespace": {
    change: xml({ recordAt: "b:Data/Pyld/e:Document/Tx" }),
    path: "spec.outputs[4].xml.recordAt",
    says: "1:13 output 'xml': the prefix 'e' has no namespace (did you mean 'b'?)",
  },
  "an XML header with another root": {
    change: xml({ header: [{ at: "b:Date/Hdr", value: "1" }] }),
    path: "spec.outputs[4].xml.header[0].at",
    says: "1:1 output 'xml': a document has one root, which is 'b:Data' in recordAt (begin the path with b:Data/)",
  },
  "an XML record without a root": {
    change: xml({ recordAt: "Tx", header: [], trailer: [] }),
    path: "spec.outputs[4].xml.recordAt",
    says: "1:1 output 'xml': the record is repeated, so it cannot be the root of the document (write <root>/Tx)",
  },
  "an XML choice that is never taken": {
    change: xml({ choices: [1, 2].map(() => ({ elements: [{ at: "A", value: "1" }] })) }),
    path: "spec.outputs[4].xml.choices[1]",
    says: "1:1 output 'xml': the choice before it has no condition, so this one is never taken (give choices[0] a condition, or put it last)",
  },
  "an XML attribute that declares a namespace": {
    change: elements({ at: "A", value: "1", attributes: { "xmlns:x": '"u"' } }),
    path: "spec.outputs[4].xml.choices[0].elements[0].attributes.xmlns:x",
    says: "1:1 output 'xml': 'xmlns:x' cannot be the name of an attribute (use letters, digits, - _ and a prefix from namespaces; namespaces are declared by themselves)",
  },
};
