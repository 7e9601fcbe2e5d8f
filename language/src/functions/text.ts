/** Functions on texts; positions and sizes count code points, as CEL does. */
import { fail } from "../context.ts";
import { translatePattern } from "../pattern.ts";
import { MAX_ELEMENTS } from "../runtime/list.ts";
import { isInvalid } from "../typed.ts";
import { BOOL, INT, STRING } from "../value-type.ts";
import {
  type Call,
  type Callable,
  checkArguments,
  invalidCall,
  literalArgument,
  operation,
  simple,
  wrongArgument,
} from "./callable.ts";

const OUT_OF_RANGE = "a position outside of the text";

/** All functions on texts. */
export const TEXT_FUNCTIONS: readonly Callable[] = [
  { name: "size", form: "either", usage: "size(text)", count: [1, 1], check: checkSize },
  simple({
    name: "startsWith",
    form: "method",
    usage: "text.startsWith(prefix)",
    wanted: ["string", "string"],
    type: BOOL,
    code: ([a, b]) => `${a}.startsWith(${b})`,
  }),
  simple({
    name: "endsWith",
    form: "method",
    usage: "text.endsWith(suffix)",
    wanted: ["string", "string"],
    type: BOOL,
    code: ([a, b]) => `${a}.endsWith(${b})`,
  }),
  simple({
    name: "contains",
    form: "method",
    usage: "text.contains(part)",
    wanted: ["string", "string"],
    type: BOOL,
    code: ([a, b]) => `${a}.includes(${b})`,
  }),
  simple({
    name: "trim",
    form: "method",
    usage: "text.trim()",
    wanted: ["string"],
    type: STRING,
    code: ([a]) => `trimText(${a})`,
  }),
  simple({
    name: "upperAscii",
    form: "method",
    usage: "text.upperAscii()",
    wanted: ["string"],
    type: STRING,
    code: ([a]) => `upperAscii(${a})`,
  }),
  simple({
    name: "lowerAscii",
    form: "method",
    usage: "text.lowerAscii()",
    wanted: ["string"],
    type: STRING,
    code: ([a]) => `lowerAscii(${a})`,
  }),
  simple({
    name: "substring",
    form: "method",
    usage: "text.substring(from, until)",
    wanted: ["string", "int", "int"],
    least: 2,
    type: STRING,
    code: (args) => `substring(${args.join(",")})`,
    failure: OUT_OF_RANGE,
  }),
  simple({
    name: "indexOf",
    form: "method",
    usage: "text.indexOf(part, from)",
    wanted: ["string", "string", "int"],
    least: 2,
    type: INT,
    code: (args) => `indexOf(${args.join(",")})`,
    failure: OUT_OF_RANGE,
  }),
  simple({
    name: "replace",
    form: "method",
    usage: "text.replace(part, by, limit)",
    wanted: ["string", "string", "string", "int"],
    least: 3,
    type: STRING,
    code: (args) => `replaceText(${args.join(",")})`,
  }),
  simple({
    name: "lastIndexOf",
    form: "method",
    usage: "text.lastIndexOf(part, from)",
    wanted: ["string", "string", "int"],
    least: 2,
    type: INT,
    code: (args) => `lastIndexOf(${args.join(",")})`,
    failure: OUT_OF_RANGE,
  }),
  simple({
    name: "charAt",
    form: "method",
    usage: "text.charAt(position)",
    wanted: ["string", "int"],
    type: STRING,
    code: (args) => `charAt(${args.join(",")})`,
    failure: OUT_OF_RANGE,
  }),
  simple({
    name: "split",
    form: "method",
    usage: "text.split(separator, limit)",
    wanted: ["string", "string", "int"],
    least: 2,
    type: { kind: "list", element: STRING, holes: false },
    code: (args) => `splitText(${args.join(",")})`,
    failure: `the text has more than ${MAX_ELEMENTS} parts`,
  }),
  simple({
    name: "join",
    form: "method",
    usage: "list.join(separator)",
    wanted: ["texts", "string"],
    least: 1,
    type: STRING,
    code: (args) => `joinTexts(${args.join(",")})`,
    failure: "an element of the list is null",
  }),
  { name: "matches", form: "either", usage: "text.matches(pattern)", count: [2, 2], check: checkMatches },
];

function checkSize(call: Call) {
  const [value] = checkArguments(call, []);
  if (!value || isInvalid(value)) return invalidCall(call.syntax);
  if (value.type.kind === "list") return operation(call, [value], { type: INT, code: ([a]) => `${a}.length` });
  if (value.type.kind !== "string") return wrongArgument(call, value, "text or list");
  return operation(call, [value], { type: INT, code: ([a]) => `sizeOf(${a})` });
}

function checkMatches(call: Call) {
  const [subject, pattern] = checkArguments(call, ["string", "string"]);
  if (!subject || !pattern) return invalidCall(call.syntax);
  const source = literalArgument(call, pattern, (value) => typeof value === "string", "a pattern");
  if (typeof source !== "string" || isInvalid(subject)) return invalidCall(call.syntax);
  const translated = translatePattern(source);
  if ("problem" in translated) {
    return fail(call.context, pattern.span, {
      code: "BadPattern",
      message: translated.problem,
      hint: translated.hint,
    });
  }
  const { matcher } = translated;
  return operation(call, [subject], { type: BOOL, code: ([a], pool) => `${pool.add(matcher)}.test(${a})` });
}
