/** Owns how paths of elements are read: `b:BizData/Hdr/h:AppHdr`, where a prefix holds for the elements below it. */

/** An element by its name and namespace; the namespace is "" for none. */
export interface ElementName {
  readonly name: string;
  readonly namespace: string;
}

/** Says which part of the settings of an XML output is wrong, as in `xml.header[2].at`. */
export class XmlDefinitionError extends Error {
  readonly path: string;

  constructor(path: string, message: string) {
    super(`${path}: ${message}`);
    this.name = "XmlDefinitionError";
    this.path = path;
  }
}

/** The namespaces of a document by prefix. Throws XmlDefinitionError for a prefix that XML keeps for itself, or that is there twice. */
export function readNamespaces(
  namespaces: readonly { readonly prefix: string; readonly uri: string }[],
): ReadonlyMap<string, string> {
  const byPrefix = new Map<string, string>();
  for (const { prefix, uri } of namespaces) {
    const where = `xml.namespaces.${prefix}`;
    if (/^xml/i.test(prefix))
      throw new XmlDefinitionError(where, "prefixes that begin with xml belong to XML; use another");
    if (byPrefix.has(prefix)) throw new XmlDefinitionError(where, "the prefix is there twice; leave one out");
    byPrefix.set(prefix, uri);
  }
  return byPrefix;
}

/** The elements of a path from the one that holds it, `inherited` being its namespace. Throws XmlDefinitionError. */
export function readElementPath(
  text: string,
  where: string,
  { namespaces, inherited }: { readonly namespaces: ReadonlyMap<string, string>; readonly inherited: string },
): readonly ElementName[] {
  let namespace = inherited;
  return text.split("/").map((step) => {
    const colon = step.indexOf(":");
    const name = step.slice(colon + 1);
    if (colon >= 0) namespace = namespaceOf(step.slice(0, colon), where, namespaces);
    if (!isName(name)) throw new XmlDefinitionError(where, `'${step}' is not the name of an element`);
    return { name, namespace };
  });
}

/** Checks the name of an attribute: a name without prefix, `xml:lang`, or one with a prefix of the namespaces. */
export function checkAttributeName(text: string, where: string, namespaces: ReadonlyMap<string, string>): void {
  const colon = text.indexOf(":");
  const prefix = text.slice(0, Math.max(colon, 0));
  if (!isName(text.slice(colon + 1)) || text === "xmlns")
    throw new XmlDefinitionError(where, `'${text}' is not the name of an attribute`);
  if (colon >= 0 && prefix !== "xml") namespaceOf(prefix, where, namespaces);
}

function namespaceOf(prefix: string, where: string, namespaces: ReadonlyMap<string, string>): string {
  const uri = namespaces.get(prefix);
  if (uri !== undefined) return uri;
  const known = [...namespaces.keys()];
  const which = known.length === 0 ? "there are none" : `there are ${known.join(", ")}`;
  throw new XmlDefinitionError(where, `the prefix '${prefix}' is not in xml.namespaces (${which})`);
}

function isName(text: string): boolean {
  return /^[A-Za-z_][-A-Za-z0-9_.]*$/.test(text);
}
