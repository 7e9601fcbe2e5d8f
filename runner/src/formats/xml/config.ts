/** Owns how an XML output is made known: its columns are the expressions of its elements, in their slots. */
import { causedBy } from "../../errors.ts";
import type { FormatKind } from "../format.ts";
import { XmlDefinitionError } from "./element-path.ts";
import { newXmlFormat } from "./renderer.ts";
import type { XmlSettings } from "./settings.ts";
import { planSlots } from "./slots.ts";

/** XML: one document, one record after the other in it. */
export const xmlKind: FormatKind<XmlSettings> = {
  sections: (settings, from) => [{ from, columns: slotsOf(settings) }],
  newFormat: (settings, [columns = []], texts) => newXmlFormat(settings, columns, texts),
};

function slotsOf(settings: XmlSettings) {
  try {
    return planSlots(settings).sources;
  } catch (cause) {
    if (!(cause instanceof XmlDefinitionError)) throw cause;
    throw causedBy(cause, "PlanInvalid", cause.message);
  }
}
