/** Conversions between types: string, int, bool, decimal, date; exact or an error, never rounding. Those to times have their own file. */
import { fail } from "../context.ts";
import { atScale } from "../rescale.ts";
import { decodeDecimal } from "../runtime/decimal.ts";
import { decodeDate } from "../runtime/decode.ts";
import { type Code, constant, isInvalid, type Node } from "../typed.ts";
import { BOOL, DATE, decimalOf, INT, isNumeric, STRING, scaleOf, type ValueType } from "../value-type.ts";
import {
  type Call,
  type Callable,
  checkArguments,
  invalidCall,
  literalInteger,
  operation,
  wrongArgument,
} from "./callable.ts";

/** Digits of a decimal read from a text. */
const TEXT_DIGITS = 76;

/** All conversions. */
export const CONVERSIONS: readonly Callable[] = [
  { name: "string", form: "function", usage: "string(value)", count: [1, 1], check: checkString },
  { name: "int", form: "function", usage: "int(value)", count: [1, 1], check: checkInt },
  { name: "decimal", form: "function", usage: "decimal(value, scale)", count: [1, 2], check: checkDecimal },
  { name: "date", form: "function", usage: 'date("2026-01-31")', count: [1, 1], check: checkDate },
  { name: "bool", form: "function", usage: "bool(text)", count: [1, 1], check: checkBool },
];

/** The JavaScript that writes a value of a type as text. */
export function textCode(type: ValueType): Code {
  switch (type.kind) {
    case "int":
    case "bool":
      return ([a]) => `String(${a})`;
    case "decimal":
      return ([a]) => `decimalText(${a},${type.scale})`;
    case "timestamp":
      return ([a]) => `timestampText(${a},${type.digits})`;
    case "duration":
      return ([a]) => `durationText(${a})`;
    case "list": {
      const write = textCode(type.element);
      return ([a], pool) => `listText(${a},(e)=>${write(["e"], pool)})`;
    }
    default:
      return ([a = ""]) => a;
  }
}

function checkBool(call: Call): Node {
  const [value] = checkArguments(call, []);
  if (!value || isInvalid(value)) return invalidCall(call.syntax);
  if (value.type.kind === "bool") return value;
  if (value.type.kind !== "string") return wrongArgument(call, value, "text");
  const failure = "the text is not a bool";
  return operation(call, [value], { type: BOOL, code: ([a]) => `boolOf(${a})`, failure });
}

function checkString(call: Call): Node {
  const [value] = checkArguments(call, []);
  if (!value || isInvalid(value)) return invalidCall(call.syntax);
  if (value.type.kind === "list" || value.type.kind === "match") return wrongArgument(call, value, "single value");
  return operation(call, [value], { type: STRING, code: textCode(value.type) });
}

function checkInt(call: Call): Node {
  const [value] = checkArguments(call, []);
  if (!value || isInvalid(value)) return invalidCall(call.syntax);
  const { type } = value;
  if (type.kind === "string")
    return operation(call, [value], { type: INT, code: ([a]) => `decodeInt(${a})`, failure: "the text is not an int" });
  if (type.kind === "timestamp") return operation(call, [value], { type: INT, code: ([a]) => `secondsOf(${a})` });
  if (!isNumeric(type)) return wrongArgument(call, value, "number, text or timestamp");
  const code: Code = ([a]) => (scaleOf(type) === 0 ? `int64(${a})` : `wholeInt(${a},${scaleOf(type)})`);
  return operation(call, [value], {
    type: INT,
    code,
    failure: type.kind === "int" ? undefined : "the decimal is not an int, round(x, 0) it first",
  });
}

function checkDecimal(call: Call): Node {
  const [value, scaleNode] = checkArguments(call, []);
  if (!value || isInvalid(value)) return invalidCall(call.syntax);
  if (!scaleNode && value.kind === "constant" && typeof value.value === "string")
    return decimalConstant(call, value, value.value);
  const scale = scaleNode ? literalInteger(call, scaleNode, [0, TEXT_DIGITS]) : scaleOf(value.type);
  if (scale === undefined) return invalidCall(call.syntax);
  if (value.type.kind === "string") return decimalFromText(call, value, scaleNode && scale);
  if (!isNumeric(value.type)) return wrongArgument(call, value, "number or text");
  if (scale >= scaleOf(value.type)) return { ...atScale(value, scale), span: call.syntax.span };
  const hint = `use round(x, ${scale})`;
  return fail(call.context, call.syntax.anchor, {
    code: "TypeClash",
    message: `'decimal' does not cut digits: the value has ${scaleOf(value.type)} fraction digits`,
    hint,
  });
}

function decimalConstant(call: Call, node: Node, text: string): Node {
  const fraction = /^-?[0-9]+(?:\.([0-9]+))?$/.exec(text)?.[1] ?? "";
  const value = decodeDecimal(text, fraction.length, TEXT_DIGITS - fraction.length);
  if (value === undefined) {
    return fail(call.context, node.span, {
      code: "BadConstant",
      message: "this text is not a decimal",
      hint: 'write it as decimal("0.01")',
    });
  }
  return constant(value, decimalOf(text.replace(/[-.]/g, "").length, fraction.length), call.syntax.span);
}

function decimalFromText(call: Call, value: Node, scale: number | undefined): Node {
  if (scale === undefined) {
    return fail(call.context, call.syntax.anchor, {
      code: "ArgumentCount",
      message: "'decimal' of a text needs its fraction digits",
      hint: "write decimal(x, 2)",
    });
  }
  return operation(call, [value], {
    type: decimalOf(TEXT_DIGITS, scale),
    code: ([a]) => `decodeDecimal(${a},${scale},${TEXT_DIGITS - scale})`,
    failure: `the text is not a decimal of at most ${scale} fraction digits`,
  });
}

function checkDate(call: Call): Node {
  const [value] = checkArguments(call, []);
  if (!value || isInvalid(value)) return invalidCall(call.syntax);
  if (value.type.kind === "date") return value;
  if (value.type.kind === "timestamp")
    return operation(call, [value], { type: DATE, code: ([a]) => `${a}.slice(0,10)` });
  if (value.type.kind !== "string") return wrongArgument(call, value, "text, date or timestamp");
  if (value.kind !== "constant")
    return operation(call, [value], {
      type: DATE,
      code: ([a]) => `decodeDate(${a})`,
      failure: "the text is not a date",
    });
  if (decodeDate(String(value.value)) !== undefined) return constant(value.value, DATE, call.syntax.span);
  return fail(call.context, value.span, {
    code: "BadConstant",
    message: "this text is not a date",
    hint: 'write it as date("2026-01-31")',
  });
}
