/** Owns the fixed parts of a workbook: what names its sheets and ties them together. */
import { xmlAttribute } from "./xml-text.ts";

const declaration = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n';
const main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
const officeRelations = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
const packageRelations = "http://schemas.openxmlformats.org/package/2006/relationships";
const contentType = "application/vnd.openxmlformats-officedocument.spreadsheetml";

/** A sheet as the workbook lists it. */
export interface ListedSheet {
  readonly name: string;
  /** Its place in the archive, e.g. `xl/worksheets/sheet1.xml`. */
  readonly path: string;
}

/** A part with its place in the archive. */
export type Part = readonly [path: string, xml: string];

/** Parts that do not depend on the rows; they come first. */
export function leadingParts(styles: string): readonly Part[] {
  const relation = `<Relationship Id="rId1" Type="${officeRelations}/officeDocument" Target="xl/workbook.xml"/>`;
  return [
    ["_rels/.rels", `${declaration}<Relationships xmlns="${packageRelations}">${relation}</Relationships>`],
    ["xl/styles.xml", styles],
  ];
}

/** Parts that name the sheets; they come when all sheets are known. */
export function closingParts(sheets: readonly ListedSheet[]): readonly Part[] {
  return [
    ["xl/_rels/workbook.xml.rels", workbookRelations(sheets)],
    ["xl/workbook.xml", workbook(sheets)],
    ["[Content_Types].xml", contentTypes(sheets)],
  ];
}

function workbookRelations(sheets: readonly ListedSheet[]): string {
  const relation = (id: number, type: string, target: string) =>
    `<Relationship Id="rId${id}" Type="${officeRelations}/${type}" Target="${target}"/>`;
  const relations = [
    ...sheets.map(({ path }, index) => relation(index + 1, "worksheet", path.slice("xl/".length))),
    relation(sheets.length + 1, "styles", "styles.xml"),
  ];
  return `${declaration}<Relationships xmlns="${packageRelations}">${relations.join("")}</Relationships>`;
}

function workbook(sheets: readonly ListedSheet[]): string {
  const listed = sheets.map(
    ({ name }, index) => `<sheet name="${xmlAttribute(name)}" sheetId="${index + 1}" r:id="rId${index + 1}"/>`,
  );
  return `${declaration}<workbook xmlns="${main}" xmlns:r="${officeRelations}"><sheets>${listed.join("")}</sheets></workbook>`;
}

function contentTypes(sheets: readonly ListedSheet[]): string {
  const override = (path: string, type: string) =>
    `<Override PartName="/${path}" ContentType="${contentType}.${type}+xml"/>`;
  const types = [
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>',
    '<Default Extension="xml" ContentType="application/xml"/>',
    override("xl/workbook.xml", "sheet.main"),
    override("xl/styles.xml", "styles"),
    ...sheets.map(({ path }) => override(path, "worksheet")),
  ];
  return `${declaration}<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">${types.join("")}</Types>`;
}

/** What stands around the rows of a sheet. */
export function sheetXml(columnsElement: string, headerRow: string): { readonly head: string; readonly foot: string } {
  return {
    head: `${declaration}<worksheet xmlns="${main}">${columnsElement}<sheetData>${headerRow}`,
    foot: "</sheetData></worksheet>",
  };
}
