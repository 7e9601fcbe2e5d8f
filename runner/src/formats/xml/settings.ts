/** Owns the type of what a definition says about an XML output. */
import type { Definition } from "@openreg/crds";

/** The settings of an XML output. */
export type XmlSettings = NonNullable<Definition["outputs"][number]["xml"]>;
