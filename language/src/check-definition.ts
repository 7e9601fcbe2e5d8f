/** Owns the whole check of a definition before anything runs: every expression, template, query and name, each remark with its path. */
import type { Definition } from "@openreg/crds/types";
import { checkFields } from "./check-fields.ts";
import { checkInputs, checkParameters, checkRecord, checkUse } from "./check-inputs.ts";
import { checkMappingSets, type PartTexts } from "./check-mapping-sets.ts";
import { checkDeliveries, checkOutputs } from "./check-outputs.ts";
import { checkRules, ruleRoot, ruleSubject } from "./check-rules.ts";
import { type DefinitionDiagnostic, problem } from "./definition-problem.ts";
import { compileFileNamePattern } from "./file-name-pattern.ts";

/**
 * Checks a definition. An empty list, or one of warnings only, means that runs can start.
 * `parts` has the texts of its parts by name; tables in them are checked too.
 */
export function checkDefinition(definition: Definition, parts: PartTexts = new Map()): readonly DefinitionDiagnostic[] {
  // What reads something wrong would be called wrong too: what is read comes first, then the fields, then what uses them.
  const read = [
    ...checkNames(definition),
    ...checkParameters(definition),
    ...checkInputs(definition),
    ...checkRecord(definition),
    ...checkMappingSets(definition, parts),
  ];
  if (hasErrors(read)) return read;
  const { row, diagnostics } = checkFields(definition);
  if (hasErrors(diagnostics)) return [...read, ...diagnostics];
  return [
    ...read,
    ...diagnostics,
    ...checkRules(definition, row),
    ...checkOutputs(definition, row),
    ...checkDeliveries(definition),
    ...checkFileNamePatterns(definition),
    ...checkUse(definition),
  ];
}

function hasErrors(diagnostics: readonly DefinitionDiagnostic[]): boolean {
  return diagnostics.some(({ severity }) => severity === "Error");
}

function checkNames(definition: Definition): DefinitionDiagnostic[] {
  const columns = definition.inputs.find(({ name }) => name === definition.record.input)?.columns ?? [];
  const taken = new Set(columns.map((column) => column.name));
  const fields = definition.fields.flatMap((field, index) => {
    if (!taken.has(field.name)) {
      taken.add(field.name);
      return [];
    }
    const hint = "give the field a name that no column and no field before it has";
    return [
      problem({
        path: `spec.fields[${index}].name`,
        code: "DuplicateName",
        source: field.name,
        message: `the name '${field.name}' is taken`,
        hint,
      }),
    ];
  });
  return [...fields, ...checkIds(definition)];
}

/** Checks that each id names one rule, or the finding of one lookup. */
function checkIds(definition: Definition): DefinitionDiagnostic[] {
  const sets = (definition.ruleSets ?? []).map(({ name }) => name);
  const isOnce = ({ ruleSet }: Definition["rules"][number]) => sets.filter((name) => name === ruleSet).length <= 1;
  const named = [
    // a set that is named twice is called that, not each of its rules
    ...[...definition.rules.entries()]
      .filter(([, rule]) => isOnce(rule))
      .map(([index, rule]) => ({
        id: rule.id,
        path:
          rule.ruleSet === undefined ? `${ruleRoot(definition, rule, index)}.id` : ruleRoot(definition, rule, index),
        subject: ruleSubject(rule),
      })),
    ...definition.fields.flatMap(({ name, lookup }, index) =>
      lookup?.finding
        ? [{ id: lookup.finding.id, path: `spec.fields[${index}].lookup.finding.id`, subject: `field '${name}'` }]
        : [],
    ),
  ];
  const ids = new Set<string>();
  return named.flatMap(({ id, path, subject }) => {
    if (!ids.has(id)) {
      ids.add(id);
      return [];
    }
    const message = subject.startsWith("rule")
      ? `${subject}: the id occurs twice`
      : `${subject}: the id '${id}' occurs twice`;
    return [problem({ path, code: "DuplicateName", source: id, message, hint: "give each rule an id of its own" })];
  });
}

function checkFileNamePatterns({ deliverTo, destinations }: Definition): DefinitionDiagnostic[] {
  return deliverTo.flatMap((target, index) => {
    const source = destinations.find(({ name }) => name === target.destination)?.delivery.fileNamePattern;
    const compiled = source === undefined ? undefined : compileFileNamePattern(source);
    if (source === undefined || !compiled || !("problem" in compiled)) return [];
    return [
      problem({
        path: `spec.deliverTo[${index}].destinationRef`,
        code: "BadPattern",
        source,
        message: `Destination '${target.destination}' spec.delivery.fileNamePattern: ${compiled.problem}`,
        hint: compiled.hint ?? "correct the pattern in the Destination",
      }),
    ];
  });
}
