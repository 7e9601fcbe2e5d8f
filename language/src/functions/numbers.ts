/** Functions on numbers: exact, with the scale of every result written down. */

import { fail } from "../context.ts";
import { asType, atScale } from "../rescale.ts";
import { ROUNDING_MODES } from "../runtime/rounding.ts";
import { type Constant, isInvalid, type Node } from "../typed.ts";
import {
  commonType,
  decimalOf,
  describeType,
  INT,
  MAX_PRECISION,
  precisionOf,
  scaleOf,
  type ValueType,
} from "../value-type.ts";
import {
  type Call,
  type Callable,
  checkArguments,
  invalidCall,
  literalArgument,
  literalInteger,
  operation,
  wrongArgument,
} from "./callable.ts";

/** Most fraction digits that round and divide give. */
export const MAX_SCALE = 76;

/** All functions on numbers. */
export const NUMBER_FUNCTIONS: readonly Callable[] = [
  { name: "abs", form: "function", usage: "abs(number)", count: [1, 1], check: checkAbs },
  { name: "round", form: "function", usage: 'round(decimal, scale, "HALF_UP")', count: [2, 3], check: checkRound },
  { name: "divide", form: "function", usage: 'divide(a, b, scale, "HALF_UP")', count: [3, 4], check: checkDivide },
  { name: "min", form: "function", usage: "min(a, b)", count: [2, 8], check: (call) => checkExtreme(call, "smaller") },
  { name: "max", form: "function", usage: "max(a, b)", count: [2, 8], check: (call) => checkExtreme(call, "larger") },
];

function checkAbs(call: Call): Node {
  const [value] = checkArguments(call, ["number"]);
  if (!value || isInvalid(value)) return invalidCall(call.syntax);
  if (value.type.kind === "decimal")
    return operation(call, [value], { type: value.type, code: ([a]) => `absolute(${a})`, float: "absolute" });
  return operation(call, [value], {
    type: INT,
    code: ([a]) => `int64(absolute(${a}))`,
    failure: "the int result does not fit 64 bits",
  });
}

function checkRound(call: Call): Node {
  const [value, scaleNode, modeNode] = checkArguments(call, ["number", "int", "string"]);
  if (!value || !scaleNode) return invalidCall(call.syntax);
  const scale = literalInteger(call, scaleNode, [0, MAX_SCALE]);
  const mode = roundingMode(call, modeNode);
  if (scale === undefined || mode === undefined || isInvalid(value)) return invalidCall(call.syntax);
  const digits = scaleOf(value.type) - scale;
  if (digits <= 0)
    return operation(call, [atScale(value, scale)], {
      type: decimalOf(precisionOf(value.type) - digits, scale),
      code: ([a = ""]) => a,
    });
  // rounding up may need one more digit: 9.99 becomes 10.0
  const type = decimalOf(precisionOf(value.type) - digits + 1, scale);
  return operation(call, [value], { type, code: ([a]) => `roundOff(${a},${digits},${JSON.stringify(mode)})` });
}

function checkDivide(call: Call): Node {
  const [dividend, divisor, scaleNode, modeNode] = checkArguments(call, ["number", "number", "int", "string"]);
  if (!dividend || !divisor || !scaleNode) return invalidCall(call.syntax);
  const scale = literalInteger(call, scaleNode, [0, MAX_SCALE]);
  const mode = roundingMode(call, modeNode);
  if (scale === undefined || mode === undefined || isInvalid(dividend, divisor)) return invalidCall(call.syntax);
  const shift = scale + scaleOf(divisor.type) - scaleOf(dividend.type);
  const integerDigits = precisionOf(dividend.type) - scaleOf(dividend.type) + scaleOf(divisor.type) + 1;
  if (integerDigits + scale > MAX_PRECISION) return tooManyDigits(call, integerDigits + scale);
  if (divisor.kind === "constant" && divisor.value === 0) {
    return fail(call.context, divisor.span, { code: "BadConstant", message: "division by zero" });
  }
  return operation(call, [dividend, divisor], {
    type: decimalOf(integerDigits + scale, scale),
    code: ([a, b]) => `divideDecimal(${a},${b},${shift},${JSON.stringify(mode)})`,
    failure: divisor.kind === "constant" ? undefined : "division by zero",
  });
}

function tooManyDigits(call: Call, digits: number): Node {
  const message = `the result may need ${digits} digits, more than ${MAX_PRECISION}`;
  return fail(call.context, call.syntax.anchor, {
    code: "TooManyDigits",
    message,
    hint: "use round(x, scale) on the operands",
  });
}

function roundingMode(call: Call, node: Node | undefined): string | undefined {
  if (!node) return "HALF_UP";
  const isMode = (value: Constant) => ROUNDING_MODES.some((mode) => mode === value);
  return literalArgument(call, node, isMode, `one of ${ROUNDING_MODES.map((mode) => `"${mode}"`).join(", ")}`) as
    | string
    | undefined;
}

const COMPARABLE = new Set(["int", "decimal", "date", "timestamp", "duration"]);

function checkExtreme(call: Call, name: "smaller" | "larger"): Node {
  const nodes = checkArguments(call, []);
  if (isInvalid(...nodes)) return invalidCall(call.syntax);
  let type: ValueType | undefined = { kind: "null" };
  for (const node of nodes) {
    if (!COMPARABLE.has(node.type.kind)) return wrongArgument(call, node, "number, date, timestamp or duration");
    const common: ValueType | undefined = commonType(type, node.type);
    if (!common) {
      const message = `'${call.syntax.name}' does not compare ${describeType(type)} with ${describeType(node.type)}`;
      return fail(call.context, node.span, { code: "TypeClash", message });
    }
    type = common;
  }
  const target = type;
  return operation(
    call,
    nodes.map((node) => asType(node, target)),
    {
      type: target,
      code: (operands) => operands.reduce((best, next) => `${name}(${best},${next})`),
    },
  );
}
