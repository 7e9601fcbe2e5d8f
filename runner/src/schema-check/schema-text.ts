/**
 * Owns how the text of a schema becomes files that a checker can read without reaching for anything else.
 * The text holds one schema document, or several one after the other: one for each namespace of the XML documents.
 */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { StepError } from "../errors.ts";

/** A schema document of the text, without imports that point to a place. */
interface SchemaDocument {
  readonly text: string;
  readonly namespace: string | undefined;
}

const comment = /<!--[\s\S]*?-->/g;
const declaration = /<\?xml[\s\S]*?\?>/g;
const document = /<((?:[A-Za-z_][-\w.]*:)?schema)(?=[\s>])[\s\S]*?<\/\1\s*>/g;

// an import names a namespace only: its document must be in the text too
const place = /\s+(?:[A-Za-z_][-\w.]*:)?schemaLocation\s*=\s*(?:"[^"]*"|'[^']*')/g;

/** Writes the files into an empty folder, which is made; answers the path of the one to check against. Throws StepError `PlanInvalid`. */
export async function writeSchema(text: string, folder: string): Promise<string> {
  const documents = splitSchema(text);
  await mkdir(folder, { recursive: true });
  for (const [index, one] of documents.entries()) await writeFile(join(folder, fileName(index)), one.text);
  if (documents.length === 1) return join(folder, fileName(0));
  const path = join(folder, "all.xsd");
  await writeFile(path, importsOf(documents));
  return path;
}

/** The documents of the text. Throws StepError `PlanInvalid` for what could make the checker read something else. */
export function splitSchema(text: string): readonly SchemaDocument[] {
  if (/<!(DOCTYPE|ENTITY)/i.test(text)) throw refused("has a document type declaration; take it out");
  const plain = text
    .replace(comment, "")
    .replace(declaration, "")
    .replace(/^\uFEFF/, "");
  const rest = plain.replace(document, "").trim();
  const found = plain.match(document) ?? [];
  if (found.length === 0) throw refused("holds no xs:schema; put the text of the XSD into the ConfigMap");
  if (rest !== "") throw refused(`holds more than xs:schema documents: ${JSON.stringify(rest.slice(0, 60))}`);
  if (/<(?:[A-Za-z_][-\w.]*:)?(?:include|redefine|override)[\s/>]/.test(plain))
    throw refused("includes another document; write what it includes into the document itself");
  return found.map((one) => ({
    namespace: /^<[^>]*?\stargetNamespace\s*=\s*(["'])(.*?)\1/.exec(one)?.[2],
    text: one.replace(place, ""),
  }));
}

function importsOf(documents: readonly SchemaDocument[]): string {
  const imports = documents.map(({ namespace }, index) => {
    const named = namespace === undefined ? "" : ` namespace="${namespace.replaceAll('"', "&quot;")}"`;
    return `<xs:import${named} schemaLocation="${fileName(index)}"/>`;
  });
  const open = '<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="urn:openreg:all">';
  return `${open}${imports.join("")}</xs:schema>\n`;
}

function fileName(index: number): string {
  return `${index}.xsd`;
}

function refused(what: string): StepError {
  return new StepError("PlanInvalid", `the schema ${what}`);
}
