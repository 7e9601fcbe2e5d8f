/**
 * Owns the columns that travel behind the written columns of a record: what a split looks at, and the record's key, by
 * which messages name a record. Formats write the columns that they were made for and do not see these.
 */
import type { Definition } from "@openreg/crds";
import type { Row } from "./connectors/connector.ts";
import type { SectionColumn } from "./formats/format.ts";

type Output = Definition["outputs"][number];

/** The columns, behind the others of each section of an output. */
export function companionColumns(output: Output, { record }: Pick<Definition, "record">): readonly SectionColumn[] {
  return [...byOf(output), ...keyOf(output, record)].map((name) => ({
    header: `${name} (not written)`,
    value: `row[${JSON.stringify(name)}]`,
    expected: "list",
  }));
}

/** What the companions of a record say. */
export interface Companions {
  /** The values at which a part ends when they change; undefined when there are none. */
  readonly by: ((record: Row) => string) | undefined;
  /** The key of records that stay together; undefined when they need not. */
  readonly key: ((record: Row) => string) | undefined;
  /** The key as messages show it, as in `tx_ref=T3`; a personal value is not shown. */
  readonly shownKey: (record: Row) => string;
}

/** Reads the companions of the records of an output. */
export function companionsOf(
  output: Output,
  { record }: Pick<Definition, "record">,
  isPersonal: (name: string) => boolean,
): Companions {
  const by = byOf(output).length;
  const key = keyOf(output, record);
  const keys = key.length;
  const tail = (record: Row, count: number, behind: number): Row =>
    record.slice(record.length - behind - count, record.length - behind);
  return {
    by: by === 0 ? undefined : (record) => JSON.stringify(tail(record, by, keys)),
    key: output.split?.keepTogether && keys > 0 ? (record) => JSON.stringify(tail(record, keys, 0)) : undefined,
    shownKey: (record) =>
      tail(record, keys, 0)
        .map((value, index) => `${key[index]}=${isPersonal(key[index] ?? "") ? "(personal)" : value}`)
        .join(", "),
  };
}

function byOf({ split }: Output): readonly string[] {
  return split?.by ?? [];
}

/** Rows of another input are no records. */
function keyOf({ split, xml, from }: Output, { input, key }: Definition["record"]): readonly string[] {
  return from === input && (split?.keepTogether || xml?.schema) ? key : [];
}
