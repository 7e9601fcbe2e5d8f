/**
 * Owns the bytes of an XML document: UTF-8, no white space but line breaks between records, so that record n of a file
 * is line n + 2 and what a reader says about a line names the record. Null writes nothing, an empty text an empty element.
 */
import type { Row } from "../../connectors/connector.ts";
import { causedBy } from "../../errors.ts";
import { newSection, textBatch } from "../batch.ts";
import { type Format, type OutputColumn, ValueRefused } from "../format.ts";
import { compileRunExpressions, type RunTexts, refusedText, showRecordCount } from "../run-texts.ts";
import { readNamespaces, XmlDefinitionError } from "./element-path.ts";
import { compileEnvelope, type Envelope } from "./envelope.ts";
import { CharacterRefused, escapeText } from "./escape.ts";
import { compileRecord, RecordRefused, type WriteRecord } from "./record-code.ts";
import type { XmlSettings } from "./settings.ts";
import { planSlots, type RecordSlots } from "./slots.ts";

const declaration = '<?xml version="1.0" encoding="UTF-8"?>\n';

/** How many lines stand before the first record. */
export const linesBeforeRecords = 2;

/** The format of an XML output; its columns are the slots of `planSlots`. Throws StepError `PlanInvalid`. */
export function newXmlFormat(settings: XmlSettings, columns: readonly OutputColumn[], texts: RunTexts): Format {
  const { write, envelope } = compiled(settings, columns);
  const encoder = new TextEncoder();
  const envelopeTexts = compileRunExpressions(envelope.sources, texts);
  const around = (part: Parameters<typeof envelopeTexts>[0]) => written(envelope, envelopeTexts(part));
  return {
    showsCountFirst: showRecordCount(
      [...(settings.header ?? [])].flatMap(({ value, attributes = [] }) => [
        value,
        ...attributes.map((one) => one.value),
      ]),
    ),
    sections: [
      newSection((_first, sink) =>
        textBatch(sink, (values, index) => {
          try {
            return write(values);
          } catch (error) {
            throw refusedValue(error, { values, index, columns });
          }
        }),
      ),
    ],
    newFile: () => ({
      begin: (part) => [encoder.encode(`${declaration}${around(part).before}\n`)],
      sections: [{ add: (chunks) => chunks.map(({ bytes }) => bytes), end: () => [] }],
      end: (part) => [encoder.encode(`${around(part).after}\n`)],
    }),
  };
}

/** Compiles what a definition says. Throws StepError `PlanInvalid` with the place of what is wrong. */
function compiled(settings: XmlSettings, columns: readonly OutputColumn[]): { write: WriteRecord; envelope: Envelope } {
  try {
    const namespaces = readNamespaces(settings.namespaces);
    const envelope = compileEnvelope(settings, namespaces);
    const { record, open } = envelope;
    const slots = planSlots(settings);
    refuseScalars(slots, columns);
    const isText = (slot: number) => isTextType(columns[slot]?.type);
    return {
      envelope,
      write: compileRecord({ settings, slots, isText, namespaces, record, open }),
    };
  } catch (cause) {
    if (!(cause instanceof XmlDefinitionError)) throw cause;
    throw causedBy(cause, "PlanInvalid", cause.message);
  }
}

function refuseScalars({ sources }: RecordSlots, columns: readonly OutputColumn[]): void {
  for (const [slot, { path, expected }] of sources.entries()) {
    const kind = columns[slot]?.type.kind;
    if (expected === "list" && kind !== "list")
      throw new XmlDefinitionError(path, `each needs a list, but this is a ${kind}; use value`);
  }
}

/** What may hold `&`: the texts of all other types are digits, letters and signs. */
function isTextType(type: OutputColumn["type"] | undefined): boolean {
  if (type?.kind === "list") return isTextType(type.element);
  return type === undefined || type.kind === "string" || type.kind === "invalid";
}

interface RefusedPlace {
  readonly values: Row;
  readonly index: number;
  readonly columns: readonly OutputColumn[];
}

function refusedValue(error: unknown, { values, index, columns }: RefusedPlace): unknown {
  const headerOf = (slot: number | undefined) => columns[slot ?? -1]?.header ?? "the record";
  if (error instanceof RecordRefused) return new ValueRefused(index, headerOf(error.slot), error.message);
  if (!(error instanceof CharacterRefused)) return error;
  const slot = values.findIndex(isRefused);
  return new ValueRefused(index, headerOf(slot), error.message);
}

/** Of a list, the items count: its JSON text shows no such character. */
function isRefused(value: string | null): boolean {
  try {
    if (value !== null) escapeText(value.startsWith('["') ? (JSON.parse(value) as string[]).join("") : value);
    return false;
  } catch {
    return true;
  }
}

function written(envelope: Envelope, values: readonly (string | null)[]): { before: string; after: string } {
  try {
    return envelope.write(values);
  } catch (cause) {
    if (!(cause instanceof CharacterRefused)) throw cause;
    const slot = values.findIndex(isRefused);
    const message = `${envelope.sources[slot]?.path} (${envelope.sources[slot]?.header}): the value ${cause.message}`;
    throw refusedText(message, cause);
  }
}
