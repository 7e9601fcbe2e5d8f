/** File names: which are fine, and why others are refused. */
import { expect, test } from "vitest";
import { checkFileName } from "./file-name.ts";

const fine = [
  "a",
  "MIFIR_529900T8BM49AURSDO55_20260401_000418.xml",
  "trades 2026.csv",
  "r\u00e9sum\u00e9.csv",
  "\u65e5\u672c.csv",
  "a'b(1)[2]{3}~#%&+=@!;,^$.csv",
  "CONSOLE.txt",
  "auxiliary",
  "com.txt",
  "a".repeat(200),
];

test.each(fine)("%s is a file name", (name) => expect(checkFileName(name)).toBeUndefined());

const refused: Record<string, readonly [name: string, reason: string]> = {
  nothing: ["", "it is empty"],
  "a slash": ["a/b", "it holds a path separator"],
  "a path to the root": ["/etc/passwd", "it holds a path separator"],
  "a backslash": ["a\\b", "it holds a path separator"],
  "a way up": ["..", "it holds '..'"],
  "a way up with a slash": ["../a", "it holds a path separator"],
  "two points within": ["a..b", "it holds '..'"],
  "a point alone": [".", "it begins with a point"],
  "a hidden file": [".profile", "it begins with a point"],
  "an option of a program": ["-rf", "it begins with a dash"],
  NUL: ["a\u0000.csv", "it holds a control character"],
  "a line feed": ["a\n.csv", "it holds a control character"],
  "a carriage return": ["a\r\nSITE EXEC", "it holds a control character"],
  "an escape": ["a\u001b[2J", "it holds a control character"],
  delete: ["a\u007f", "it holds a control character"],
  "a control character beyond ASCII": ["a\u0085b", "it holds a control character"],
  "a change of direction": ["invoice\u202efdp.exe", "it holds an invisible or direction character"],
  "an isolate": ["a\u2066b", "it holds an invisible or direction character"],
  "a space without width": ["a\u200bb", "it holds an invisible or direction character"],
  "a byte order mark": ["\ufeffa", "it holds an invisible or direction character"],
  "a line separator": ["a\u2028b", "it holds an invisible or direction character"],
  "a tag character": ["a\u{e0041}", "it holds an invisible or direction character"],
  "half of a character": ["a\ud800", "it holds half of a character"],
  "a space in front": [" a", "it begins or ends with a space, or ends with a point"],
  "a space behind": ["a ", "it begins or ends with a space, or ends with a point"],
  "a wide space behind": ["a\u3000", "it begins or ends with a space, or ends with a point"],
  "a point behind": ["a.", "it begins or ends with a space, or ends with a point"],
  "a star": ["*.csv", 'it holds one of < > : " | ? *'],
  "a colon": ["a:b", 'it holds one of < > : " | ? *'],
  "a device": ["CON", "it is the name of a device on some systems"],
  "a device in small letters": ["nul.csv", "it is the name of a device on some systems"],
  "a device with a number": ["Com1.txt.gz", "it is the name of a device on some systems"],
  "a device with a raised number": ["LPT\u00b2", "it is the name of a device on some systems"],
  "201 characters": ["a".repeat(201), "it is longer than 200 characters"],
  "256 bytes in fewer characters": ["\u65e5".repeat(86), "it is longer than 255 bytes"],
};

test.each(Object.entries(refused))("%s is refused", (_sentence, [name, reason]) =>
  expect(checkFileName(name)).toBe(reason),
);

test("255 bytes are the most", () => {
  expect(checkFileName("\u65e5".repeat(85))).toBeUndefined();
  expect(checkFileName(`${"\u{1f600}".repeat(63)}\u00e9a`)).toBeUndefined();
  expect(checkFileName(`${"\u{1f600}".repeat(63)}\u00e9\u00e9`)).toBe("it is longer than 255 bytes");
});
