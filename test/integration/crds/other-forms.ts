/** Owns the other forms of objects: where exactly one of several members may be set, the complete object has one, and these have the rest. */
import { changed, type Path } from "./object-paths.ts";
import { type CompleteObject, completeObject } from "./objects.ts";

type Form = readonly [kind: string, ...changes: (readonly [path: Path, value: unknown])[]];

const field: Path = ["spec", "fields", 0];
const rule: Path = ["spec", "validation", "rules", 0];
const output: Path = ["spec", "outputs", 0];
const noAssert = [[...rule, "assert"], undefined] as const;
const noCsv = [[...output, "csv"], undefined] as const;

const finding = { id: "venue-known", severity: "Warning", message: "the venue is not known" };
const total = { from: "trades", sum: "row.id", where: "row.id > 0" };
const at = "b:Data/Hdr/Id";
const attributes = { Ccy: "row.ccy" };

const forms: readonly Form[] = [
  [
    "Report",
    [
      field,
      {
        name: "venue",
        lookup: { mappingSetRef: { name: "venues" }, keys: { mic: "row.mic" }, onMissing: "Finding", finding },
      },
    ],
  ],
  ["Report", [field, { name: "venue", lookup: { input: "venues", keys: { mic: "row.mic" } } }]],
  ["Report", noAssert, [[...rule, "unique"], { columns: ["id"] }]],
  ["Report", noAssert, [[...rule, "totals"], { left: total, right: total, tolerance: { absolute: "0.01" } }]],
  ["Report", noAssert, [[...rule, "totals"], { left: { count: true }, value: "100" }]],
  ["Report", noAssert, [[...rule, "totals"], { left: total, right: { count: true } }]],
  [
    "Report",
    [["spec", "validation", "limits", 0], { rule: "id-positive", above: { percent: "22.5" }, becomes: "Blocking" }],
  ],
  [
    "Report",
    noCsv,
    [
      [...output, "fixedWidth"],
      {
        columns: [{ value: "row.id", width: 10, align: "Right", pad: "0" }],
        newline: "CRLF",
        header: ["H"],
        trailer: ["T{part.records}"],
      },
    ],
  ],
  ["Report", noCsv, [[...output, "json"], { form: "Lines", columns: [{ name: "id", value: "row.id" }] }]],
  [
    "Report",
    noCsv,
    [
      [...output, "xlsx"],
      { sheets: [{ name: "Trades", from: "trades", columns: [{ header: "ID", value: "row.id" }] }] },
    ],
  ],
  [
    "Report",
    noCsv,
    [
      [...output, "xml"],
      {
        schema: { configMapKeyRef: { name: "schemas", key: "trades.xsd" } },
        namespaces: { b: "urn:b" },
        header: [{ at, value: "run.createdAt", attributes }],
        recordAt: "b:Data/Tx",
        choices: [
          {
            when: "row.id > 0",
            at: "New",
            elements: [{ at: "Id", when: "row.id > 0", value: "row.id", attributes }],
          },
        ],
        trailer: [{ at, value: "part.records", attributes }],
      },
    ],
  ],
  [
    "Report",
    noCsv,
    [[...output, "xml"], { recordAt: "b:Data/Tx", choices: [{ elements: [{ at: "Wvr", each: "row.waivers" }] }] }],
  ],
  ["Report", [["spec", "deliverTo", 0, "package"], [{ zip: { entryName: "trades.csv" } }]]],
  ["RuleSet", [["spec", "rules", 0, "assert"], undefined], [["spec", "rules", 0, "unique"], { columns: ["code"] }]],
  [
    "MappingSet",
    [["spec", "entries"], undefined],
    [["spec", "configMapKeyRef"], { name: "tables", key: "venues.csv" }],
  ],
];

/** The other forms of the objects of a kind. */
export function otherForms(kind: string): readonly CompleteObject[] {
  return forms
    .filter(([of]) => of === kind)
    .map(([, ...changes]) => changes.reduce((from, [path, value]) => changed(from, path, value), completeObject(kind)));
}
