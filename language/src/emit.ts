/** Writes the JavaScript of a checked expression: null and undefined (an error) pass as CEL says, plain operators where nothing can fail. */
import { positionOf } from "./diagnostic.ts";
import { floatComparison } from "./float-filter.ts";
import { readsOf } from "./reads.ts";
import { type Site, undecidedSentence } from "./site.ts";
import { siteVariableOf, variableOf, variablesOf } from "./slot-variable.ts";
import type { Constant, LoopPart, Node, Pool, StrictPart } from "./typed.ts";

/** What the expressions of one program share. */
export interface Program {
  readonly pool: Pool;
  /** Why a result is missing; generated code keeps the number of one. Number 0 is no reason. */
  readonly sites: Site[];
  /** Functions beside the expressions: one per loop. */
  readonly functions: string[];
  /** Most temporaries an expression needs at once. */
  temporaries: number;
}

/** A new program whose large constants are collected in `constants`. */
export function newProgram(constants: unknown[]): Program {
  return {
    pool: { add: (value) => `k${constants.push(value) - 1}` },
    sites: [{ kind: "Error", sentence: "" }],
    functions: [],
    temporaries: 0,
  };
}

/** One expression being written. */
export interface Emitter {
  readonly program: Program;
  readonly source: string;
  /** Offset of the expression in the source. */
  readonly offset: number;
  /** Temporaries in use. */
  used: number;
}

/** An emitter of the expression that is all of the source. */
export function newEmitter(source: string, program: Program): Emitter {
  return { program, source, offset: 0, used: 0 };
}

/** The JavaScript of a node: its value, null, or undefined for an error, which leaves its reason in `site`. */
export function emit(node: Node, emitter: Emitter): string {
  switch (node.kind) {
    case "constant":
      return literal(node.value);
    case "read":
      return emitRead(node);
    case "logic":
      return emitLogic(node, emitter);
    case "choice":
      return emitChoice(node, emitter);
    case "equal":
      return emitEqual(node, emitter);
    case "member":
      return emitMember(node, emitter);
    case "coalesce":
      return emitCoalesce(node, emitter);
    case "lift":
      return emitLift(node, emitter);
    case "loop":
      return emitLoop(node, emitter);
    case "strict":
      return emitStrict(node, emitter);
  }
}

/** The JavaScript of something that must decide: true, false, or undefined, never null. */
export function emitDecided(node: Node, emitter: Emitter): string {
  if (!node.nullable) return emit(node, emitter);
  return scoped(emitter, () => {
    const temporary = claim(emitter);
    return `((${temporary}=${emit(node, emitter)})===null?${missing(nullSite(node, emitter))}:${temporary})`;
  });
}

/** A constant as JavaScript. */
export function literal(value: Constant): string {
  if (typeof value === "string") return JSON.stringify(value);
  if (typeof value === "bigint") return `(${value}n)`;
  return typeof value === "number" && value < 0 ? `(${value})` : String(value);
}

function emitRead(node: Node & { kind: "read" }): string {
  const name = variableOf(node.slot);
  // a field that failed brings its own reason along
  return node.mayFail ? `(${name}===undefined?void(site=${siteVariableOf(node.slot)}):${name})` : name;
}

/** One side false (of &&) decides although the other fails; else the first error stands. */
function emitLogic(node: Node & { kind: "logic" }, emitter: Emitter): string {
  const stop = node.operator === "&&" ? "false" : "true";
  const { left, right } = node;
  if (!left.mayFail && !left.nullable) return `(${emit(left, emitter)}${node.operator}${emitDecided(right, emitter)})`;
  return scoped(emitter, () => {
    const leftCode = emitDecided(left, emitter);
    const first = claim(emitter);
    if (!right.mayFail && !right.nullable) {
      const rightCode = emit(right, emitter);
      const kept = node.operator === "&&" ? `${rightCode}?${first}:false` : `${rightCode}?true:${first}`;
      return `((${first}=${leftCode})===${stop}?${stop}:${kept})`;
    }
    const reason = claim(emitter);
    const second = claim(emitter);
    const rightCode = emitDecided(right, emitter);
    return `((${first}=${leftCode})===${stop}||(${reason}=site,(${second}=${rightCode})===${stop})?${stop}:${first}===undefined?void(site=${reason}):${second})`;
  });
}

function emitChoice({ test, positive, negative }: Node & { kind: "choice" }, emitter: Emitter): string {
  if (!test.mayFail && !test.nullable)
    return `(${emit(test, emitter)}?${emit(positive, emitter)}:${emit(negative, emitter)})`;
  return scoped(emitter, () => {
    const testCode = emitDecided(test, emitter);
    const decided = claim(emitter);
    return `((${decided}=${testCode})===undefined?undefined:${decided}?${emit(positive, emitter)}:${emit(negative, emitter)})`;
  });
}

function emitEqual({ left, right, negated }: Node & { kind: "equal" }, emitter: Emitter): string {
  const operator = negated ? "!==" : "===";
  return guarded([left, right], emitter, ([a, b]) => `(${a}${operator}${b})`);
}

function emitMember({ left, items }: Node & { kind: "member" }, emitter: Emitter): string {
  if (items.length === 0) return guarded([left], emitter, () => "false");
  if (items.length > 4 && items.every((item) => item.kind === "constant")) {
    const set = emitter.program.pool.add(new Set(items.map((item) => (item.kind === "constant" ? item.value : null))));
    return guarded([left], emitter, ([a]) => `${set}.has(${a})`);
  }
  return guarded(
    [left, ...items],
    emitter,
    ([a, ...others]) => `(${others.map((other) => `${a}===${other}`).join("||")})`,
    1,
  );
}

/** Binds what may fail to temporaries and passes errors on; null reaches the code. `bound` operands are used more than once. */
function guarded(nodes: readonly Node[], emitter: Emitter, code: (operands: string[]) => string, bound = 0): string {
  return scoped(emitter, () => {
    let guards = "";
    const operands = nodes.map((node, index) => {
      const inner = emit(node, emitter);
      if (!node.mayFail && (index >= bound || isSimple(node))) return inner;
      const temporary = claim(emitter);
      guards += node.mayFail ? `(${temporary}=${inner})===undefined?undefined:` : `(${temporary}=${inner},false)?0:`;
      return temporary;
    });
    return guards === "" ? code(operands) : `(${guards}${code(operands)})`;
  });
}

function emitCoalesce({ items }: Node & { kind: "coalesce" }, emitter: Emitter): string {
  return scoped(emitter, () => {
    const temporary = claim(emitter);
    const parts = items.map((item, index) =>
      index === items.length - 1 ? emit(item, emitter) : `(${temporary}=${emit(item, emitter)})!==null?${temporary}:`,
    );
    return `(${parts.join("")})`;
  });
}

function emitLift({ operand, code }: Node & { kind: "lift" }, emitter: Emitter): string {
  const { pool } = emitter.program;
  const inner = emit(operand, emitter);
  if (!operand.nullable && !operand.mayFail) return code([inner], pool);
  return scoped(emitter, () => {
    const temporary = claim(emitter);
    return `((${temporary}=${inner})==null?${temporary}:${code([temporary], pool)})`;
  });
}

function emitStrict(node: Node & StrictPart, emitter: Emitter): string {
  return scoped(emitter, () => {
    let guards = "";
    const operands = node.operands.map((given, index) => {
      const operand = node.lenient?.includes(index) ? { ...given, nullable: false } : given;
      const inner = emit(given, emitter);
      if (!operand.nullable && !operand.mayFail) return inner;
      const simple = isSimple(operand);
      const name = simple ? inner : claim(emitter);
      guards += guard(operand, simple ? inner : `(${name}=${inner})`, name, emitter);
      return name;
    });
    const body = withFloat(node, withFailure(node, node.code(operands, emitter.program.pool), emitter), emitter);
    return guards === "" ? body : `(${guards}${body})`;
  });
}

/** What floating point is certain of needs no exact arithmetic. */
function withFloat({ compares, operands }: Node & StrictPart, exact: string, emitter: Emitter): string {
  const [left, right] = operands;
  if (!compares || !left || !right) return exact;
  const read = (node: Node) => emit(node, emitter);
  const float = floatComparison([left, right], { read, claim: () => claim(emitter) });
  if (!float) return exact;
  const [difference, bound] = [claim(emitter), claim(emitter)];
  const isGreater = compares.startsWith(">");
  const steps = [...float.leaves, `${difference}=${float.difference}`, `${bound}=${float.bound}`];
  return `(${steps.join(",")},${difference}>${bound}?${isGreater}:${difference}<-${bound}?${!isGreater}:${exact})`;
}

function guard(operand: Node, tested: string, name: string, emitter: Emitter): string {
  if (!operand.nullable) return `${tested}===undefined?undefined:`;
  const site = nullSite(operand, emitter);
  if (!operand.mayFail) return `${tested}===null?${missing(site)}:`;
  return `${tested}==null?(${name}===null?${missing(site)}:undefined):`;
}

function withFailure(node: Node & StrictPart, body: string, emitter: Emitter): string {
  if (node.failure === undefined) return body;
  const temporary = claim(emitter);
  const site = addSite(emitter, { kind: "Error", what: node.failure, at: node.anchor.start });
  return `((${temporary}=${body})===undefined?${missing(site)}:${temporary})`;
}

/** A loop is a function of its own: closures would slow down the whole program. What fails in it leaves its reason in `Q`. */
function emitLoop(node: Node & LoopPart, emitter: Emitter): string {
  const own = variableOf(node.variable);
  const captured = new Set(
    readsOf(node.body)
      .filter(({ from }) => from !== "run")
      .flatMap(variablesOf),
  );
  captured.delete(own);
  const name = `q${emitter.program.functions.push("") - 1}`;
  const program: Program = { ...emitter.program, temporaries: 0 };
  const inner: Emitter = { ...emitter, program, used: 0 };
  const body = node.mode === "map" ? emit(node.body, inner) : emitDecided(node.body, inner);
  const names = Array.from({ length: program.temporaries }, (_, index) => `,t${index}`).join("");
  const parameters = ["list", ...captured].join(",");
  const { start, each, end } = LOOPS[node.mode];
  emitter.program.functions[Number(name.slice(1))] =
    `function ${name}(${parameters}){let site=0,failed=0,b${start}${names};for(const ${own} of list){b=${body};${each(own)}}${end}}`;
  const call = (list: string | undefined): string => {
    const code = `${name}(${[list, ...captured].join(",")})`;
    if (!node.body.mayFail && (node.mode === "map" || !node.body.nullable)) return code;
    const temporary = claim(emitter);
    return `((${temporary}=${code})===undefined?void(site=Q):${temporary})`;
  };
  const strict = { kind: "strict", operands: [node.list], failure: undefined, anchor: node.span } as const;
  return emitStrict({ ...node, ...strict, code: ([list]) => call(list) }, emitter);
}

const LATER = "if(b===undefined&&failed===0)failed=site;";
const AT_ONCE = "if(b===undefined){Q=site;return undefined}";
const FAILED = "if(failed!==0){Q=failed;return undefined}";

/** How each kind of loop goes on after `b`: exists and all look for what decides although others fail, the rest fails at once. */
const LOOPS: Readonly<Record<LoopPart["mode"], { start: string; each: (own: string) => string; end: string }>> = {
  exists: { start: "", each: () => `if(b===true)return true;${LATER}`, end: `${FAILED}return false;` },
  all: { start: "", each: () => `if(b===false)return false;${LATER}`, end: `${FAILED}return true;` },
  exists_one: { start: ",n=0", each: () => `${AT_ONCE}if(b===true)n++;`, end: "return n===1;" },
  map: { start: ",all=[]", each: () => `${AT_ONCE}all.push(b);`, end: "return all;" },
  filter: { start: ",all=[]", each: (own) => `${AT_ONCE}if(b===true)all.push(${own});`, end: "return all;" },
};

function isSimple(node: Node): boolean {
  return node.kind === "constant" || (node.kind === "read" && !node.mayFail);
}

function nullSite(node: Node, emitter: Emitter): number {
  const read = node.kind === "lift" ? node.operand : node;
  const text = emitter.source.slice(node.span.start + emitter.offset, node.span.end + emitter.offset);
  return addSite(emitter, { kind: "Null", what: read.kind === "read" ? read.label : text, at: node.span.start });
}

function addSite(emitter: Emitter, reason: { kind: Site["kind"]; what: string; at: number }): number {
  const { line, column } = positionOf(emitter.source, reason.at + emitter.offset);
  const site = { kind: reason.kind, sentence: undecidedSentence(reason.kind, reason.what, `${line}:${column}`) };
  return emitter.program.sites.push(site) - 1;
}

function missing(site: number): string {
  return `void(site=${site})`;
}

function claim(emitter: Emitter): string {
  const name = `t${emitter.used++}`;
  emitter.program.temporaries = Math.max(emitter.program.temporaries, emitter.used);
  return name;
}

/** Temporaries claimed inside are free again behind it. */
function scoped(emitter: Emitter, write: () => string): string {
  const before = emitter.used;
  const code = write();
  emitter.used = before;
  return code;
}
