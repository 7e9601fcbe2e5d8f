/**
 * Owns the check of a document against its schema while it is written: another process reads the same bytes and holds
 * none of them, so memory stays the same for any size. It has no network, no environment and no file but the schema.
 */
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { dirname } from "node:path";
import { codeOf, StepError } from "../errors.ts";
import { beginsProblem, readProblem, type SchemaProblem } from "./schema-problem.ts";

/** Bytes that may wait for the checker before the writer waits too. */
const mostWaiting = 1024 * 1024;
/** Problems that are kept with their words; the others are counted. */
const mostProblems = 100;
/** Characters of one problem that are kept. */
const mostCharacters = 8192;

/** The checker has no words for a document that ends too early. */
const broken: SchemaProblem = {
  line: 0,
  element: undefined,
  message: "the document is not well-formed, or ends too early",
};

/** What the checker said of a whole document. */
export interface SchemaVerdict {
  readonly isValid: boolean;
  /** The first ones. */
  readonly problems: readonly SchemaProblem[];
  readonly problemCount: number;
}

/** How a check is run; `program` is a file name or a path. */
export interface SchemaCheckOptions {
  readonly schemaPath: string;
  readonly program?: string;
}

/** A check beside a writer: the same bytes in the same order, then `finish`. */
export class SchemaCheck {
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #ended: Promise<number | string>;
  readonly #words = new CheckerWords();
  #failure: Error | undefined;

  /** Starts the checker; that it is not installed is told by `finish`. */
  constructor({ schemaPath, program = "xmllint" }: SchemaCheckOptions) {
    const args = ["--stream", "--noout", "--nonet", "--schema", schemaPath, "-"];
    this.#child = spawn(program, args, {
      cwd: dirname(schemaPath),
      env: { PATH: "/usr/local/bin:/usr/bin:/bin:/opt/homebrew/bin", XML_CATALOG_FILES: "" },
      stdio: ["pipe", "pipe", "pipe"],
    });
    this.#child.on("error", (error) => {
      this.#failure = error;
    });
    this.#child.stdin.on("error", () => {}); // the checker ended early; its exit code says why
    this.#child.stdout.resume();
    this.#child.stderr.setEncoding("utf8").on("data", (text: string) => this.#words.add(text));
    this.#ended = new Promise((resolve) => {
      this.#child.once("close", (code, signal) => resolve(code ?? signal ?? "unknown"));
    });
  }

  /** Hands bytes over. Resolves when more may come; a checker that ended takes none and says so in `finish`. */
  async write(bytes: Uint8Array): Promise<void> {
    const { stdin } = this.#child;
    if (!stdin.writable) return;
    stdin.write(Buffer.from(bytes)); // what was given may soon hold other bytes
    if (stdin.writableLength <= mostWaiting) return;
    await new Promise<void>((resolve) => {
      const go = (): void => {
        stdin.off("drain", go).off("close", go);
        resolve();
      };
      stdin.on("drain", go).on("close", go);
    });
  }

  /** Ends the document. Throws StepError `PlanInvalid` for a schema that is none and when the checker is not installed. */
  async finish(): Promise<SchemaVerdict> {
    this.#child.stdin.end();
    const code = await this.#ended;
    if (this.#failure) throw notStarted(this.#failure);
    const { problems, problemCount, remark } = this.#words.read();
    if (code === 0 && problemCount === 0) return { isValid: true, problems, problemCount };
    if (code === 3 && problemCount > 0) return { isValid: false, problems, problemCount };
    if (code === 1) return { isValid: false, problems: [...problems, broken], problemCount: problemCount + 1 };
    const why = remark === "" ? `xmllint ended with ${code}` : remark;
    throw new StepError("PlanInvalid", `the schema cannot be used: ${why}; correct the XSD in its ConfigMap`);
  }

  /** Ends the checker. May be called at any time, also twice. */
  async abort(): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#ended;
  }
}

/** Collects what the checker writes, in bounded memory. */
class CheckerWords {
  readonly #problems: SchemaProblem[] = [];
  #count = 0;
  #remark = "";
  #current = "";
  #line = "";

  add(text: string): void {
    const lines = (this.#line + text).split("\n");
    this.#line = (lines.pop() ?? "").slice(0, mostCharacters);
    for (const line of lines) this.#addLine(line);
  }

  read(): { problems: readonly SchemaProblem[]; problemCount: number; remark: string } {
    if (this.#line !== "") this.#addLine(this.#line);
    this.#line = "";
    this.#close();
    return { problems: this.#problems, problemCount: this.#count, remark: this.#remark };
  }

  #addLine(line: string): void {
    if (line.startsWith("Unimplemented block at") || line === "- fails to validate" || line === "- validates") return;
    if (beginsProblem(line)) {
      this.#close();
      this.#count += 1;
      this.#current = line.slice(0, mostCharacters);
    } else if (this.#current !== "") {
      if (this.#current.length < mostCharacters) this.#current += `\n${line.slice(0, mostCharacters)}`;
    } else if (this.#remark === "") {
      this.#remark = line.replace(/^.*?(?:Schemas parser|parser) error : /, "").slice(0, 300);
    }
  }

  #close(): void {
    if (this.#current !== "" && this.#problems.length < mostProblems) this.#problems.push(readProblem(this.#current));
    this.#current = "";
  }
}

function notStarted(cause: Error): StepError {
  const message =
    codeOf(cause) === "ENOENT"
      ? "documents are checked by xmllint, which is not installed; install the package libxml2-utils (macOS has xmllint already)"
      : `xmllint cannot be started: ${cause.message}`;
  return new StepError("PlanInvalid", message, { cause });
}
