/** The door of the language: column types, expressions over rows, and templates of file names. */

export { type BoundQuery, bindQuery } from "./bind-query.ts";
export type { CellReason } from "./cell-reason.ts";
export { checkDefinition } from "./check-definition.ts";
export { type CheckedExpression, checkExpression, type Expected, type ExpressionSource } from "./check-expression.ts";
export type { RecordSource } from "./check-record.ts";
export { checkRuleSet } from "./check-rule-set.ts";
export { boundNames } from "./check-rule-set-binding.ts";
export { type Column, type ColumnType, isColumnType, parseColumnType } from "./column-type.ts";
export type { DefinitionDiagnostic, DefinitionProblemCode } from "./definition-problem.ts";
export { type Diagnostic, type DiagnosticCode, formatDiagnostic, visible } from "./diagnostic.ts";
export { LanguageError } from "./errors.ts";
export { checkFileName } from "./file-name.ts";
export { compileFileNamePattern } from "./file-name-pattern.ts";
export { type Find, FOUND, type LookupKey, type LookupSource, NO_KEY, NOT_FOUND } from "./lookup.ts";
export { type MappingTable, parseMappingTable } from "./mapping-table.ts";
export { type Read, readsOf } from "./reads.ts";
export { RECORD_ACTIONS } from "./record-action.ts";
export {
  type CheckedRow,
  checkRow,
  type FieldSource,
  type OnlyWhere,
  type OutputColumn,
  type OutputSource,
  type RowSource,
  type RuleSource,
} from "./row-check.ts";
export {
  compileRowProgram,
  type Lookup,
  PASS,
  type RenderError,
  type RowProgram,
  type RowProgramSpec,
  rowProgramText,
  UNDECIDED_ERROR,
  UNDECIDED_NULL,
  VIOLATED,
} from "./row-program.ts";
export { newRunValues, queryValue, queryValueNames, type RunValuesSource } from "./run-calendar.ts";
export { type ParameterDeclaration, type ResolvedParameters, resolveParameters } from "./run-parameters.ts";
export type { PartValues, RunValues } from "./run-values.ts";
export { dayNumber } from "./runtime/date.ts";
export type { LookupValue, RunParameter, Scope, ScopeField, ScopeLookup } from "./scope.ts";
export {
  checkTemplate,
  compileTemplate,
  renderTemplate,
  type Template,
  type TemplateSource,
  type TemplateValues,
} from "./template.ts";
export { describeType, type ExpressionType, type ValueType } from "./value-type.ts";
