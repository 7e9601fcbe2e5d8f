/** The door to the schemas of whole objects, as the API server has them: for those who check objects without one. */
export { newObjectSchema } from "./crd.ts";
export type { StructuralNode } from "./schema-node.ts";
