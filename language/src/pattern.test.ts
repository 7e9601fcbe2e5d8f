/** Patterns: which are translated, that they match as RE2 does, and which are refused. */
import { expect, test } from "vitest";
import { translatePattern } from "./pattern.ts";

const matching: Record<string, readonly [pattern: string, matches: readonly string[], others: readonly string[]]> = {
  "letters as they are": ["abc", ["abc", "xabcx"], ["ab", "ABC"]],
  "anchors at both ends": ["^abc$", ["abc"], ["abc\n", "xabc"]],
  "a class with ranges": ["^[A-Z0-9]{4}$", ["XETR", "0000"], ["xetr", "XETRA"]],
  "a class that is turned around": ["^[^a-z]$", ["A", "\n", "\u{1f600}"], ["a"]],
  "a class with a closing bracket first": ["^[]a]$", ["]", "a"], ["b"]],
  "a class with a dash last": ["^[a-]$", ["a", "-"], ["b"]],
  "an escape in a class": ["^[\\d\\-\\]]$", ["5", "-", "]"], ["a"]],
  "digits of ASCII only": ["^\\d$", ["5"], ["\u0665"]],
  "word characters of ASCII only": ["^\\w$", ["_"], ["\u00e9"]],
  "white space without the vertical tab": ["^\\s$", [" ", "\t", "\n", "\r", "\f"], ["\v", "\u00a0"]],
  "what is no digit": ["^\\D$", ["a", "\u0665"], ["5"]],
  "control characters by letter": ["^[\\t\\v]\\n?$", ["\t", "\v\n"], ["\n"]],
  "any character but a line feed": ["^.$", ["a", "\r", "\u2028", "\u{1f600}"], ["\n", ""]],
  "a group with a choice": ["^(?:EUR|USD)$", ["EUR"], ["EURUSD"]],
  "an optional group": ["^A(BC)?$", ["A", "ABC"], ["AB"]],
  "one repeat without end": ["^[A-Z]+$", ["A", "ABC"], ["", "a"]],
  "two repeats that cannot meet": ["^[A-Z]+-[0-9]+$", ["AB-12"], ["AB12"]],
  "a repeat that is as short as possible": ["^a+?$", ["aaa"], [""]],
  "an exact count": ["^(ab){2}$", ["abab"], ["ab"]],
  "an escaped point": ["^1\\.5$", ["1.5"], ["1x5"]],
  "a slash and quotes": ["^/\"'`$", ["/\"'`"], ["/"]],
  // biome-ignore lint/suspicious/noTemplateCurlyInString: the text is what matters here
  "a dollar in braces": ["^\\$\\{x\\}$", ["${x}"], ["x"]],
  "a character of two units": ["^\u{1f600}{2}$", ["\u{1f600}\u{1f600}"], ["\u{1f600}"]],
  nothing: ["", ["", "a"], []],
  "a repeat without end at the end": ["^[A-Z]+-[0-9]+", ["A-1", "AB-12x"], ["A-"]],
};

test.each(Object.entries(matching))("%s", (_sentence, [pattern, matches, others]) => {
  const translated = translatePattern(pattern);
  if (!("regExp" in translated)) throw new Error(translated.problem);
  for (const text of matches) expect([text, translated.regExp.test(text)]).toEqual([text, true]);
  for (const text of others) expect([text, translated.regExp.test(text)]).toEqual([text, false]);
});

const refused: Record<string, readonly [pattern: string, problem: string]> = {
  "nested repeats": [
    "^(a+)+$",
    "NotAvailableYet this pattern is not available yet: a repeat without end stands inside another repeat",
  ],
  "a choice inside a repeat": [
    "^(a|aa){1,30}$",
    "NotAvailableYet this pattern is not available yet: a repeat holds a choice or another repeat",
  ],
  "counted repeats inside a repeat": [
    "^(\\d{1,30}){1,30}$",
    "NotAvailableYet this pattern is not available yet: a repeat holds a choice or another repeat",
  ],
  "two repeats that may meet": [
    "^[a-z]+[a-c]+$",
    "NotAvailableYet this pattern is not available yet: repeats without end follow each other",
  ],
  "two repeats that cannot meet but may begin anywhere": [
    "[a-z]+-[0-9]",
    "NotAvailableYet this pattern is not available yet: a repeat without end needs a pattern that begins with ^",
  ],
  "too many ways at every position": [
    "a{0,20}[ab]{0,20}[abc]",
    "NotAvailableYet this pattern is not available yet: there are too many ways to match",
  ],
  "any characters twice": [
    "^.*x.*$",
    "NotAvailableYet this pattern is not available yet: repeats without end follow each other",
  ],
  "a repeat without end and without ^": [
    "[a-z]+x[a-z]",
    "NotAvailableYet this pattern is not available yet: a repeat without end needs a pattern that begins with ^",
  ],
  "too many ways": [
    "^a{0,200}[ab]{0,200}[abc]{0,200}$",
    "NotAvailableYet this pattern is not available yet: there are too many ways to match",
  ],
  "look-ahead": ["^(?=a)b", "BadPattern only (...) and (?:...) groups are supported"],
  "look-behind": ["(?<=a)b", "BadPattern only (...) and (?:...) groups are supported"],
  flags: ["(?i)abc", "BadPattern only (...) and (?:...) groups are supported"],
  "a back reference": ["(a)\\1", "BadPattern \\1 is not supported"],
  "a word boundary": ["\\babc", "BadPattern \\b is not supported"],
  "a class of Unicode": ["\\pL", "BadPattern \\p is not supported"],
  "a class by name": ["[[:alpha:]]", "BadPattern [:name:] classes are not supported"],
  "an open group": ["(a", "BadPattern a '(' is not closed"],
  "a group closed twice": ["a)", "BadPattern a ')' has no '('"],
  "an open class": ["[a", "BadPattern a '[' is not closed"],
  "a range backwards": ["[z-a]", "BadPattern a range in [...] is not one"],
  "a range of classes": ["[\\d-z]", "BadPattern a range in [...] is not one"],
  "a repeat of nothing": ["*a", "BadPattern '*' has nothing to repeat"],
  "a repeat of a repeat": ["a**", "BadPattern two repeats follow each other"],
  "a repeat of an anchor": ["^*", "BadPattern an anchor cannot be repeated"],
  "a count that goes down": ["a{3,2}", "BadPattern a count goes down"],
  "a large count": ["a{1001}", "BadPattern a count is larger than 1000"],
  "a brace alone": ["a{x}", "BadPattern a '{' does not begin a count"],
  "an escape at the end": ["a\\", "BadPattern the pattern ends too early"],
  "many groups in each other": [`${"(".repeat(60)}a${")".repeat(60)}`, "BadPattern groups are nested too deeply"],
};

test.each(Object.entries(refused))("%s is refused", (_sentence, [pattern, problem]) => {
  const translated = translatePattern(pattern);
  expect("regExp" in translated ? "taken" : `${translated.code} ${translated.problem}`).toBe(problem);
});

test("what is taken ends soon, also on texts made to take long", () => {
  const patterns = [
    "^[a-z]{1,35}$",
    "^[A-Z]+-[0-9]+$",
    "^a{0,70}[ab]{0,70}[abc]{0,99}$",
    "[a-z]{0,99}[0-9]x",
    "^(?:a?){1}a{0,20}b$",
    "^[^x]*x?$",
    "(?:a|b|c)?(?:a|b)?c{0,30}d",
  ];
  const texts = ["a".repeat(50_000), `${"a".repeat(50_000)}!`, "A".repeat(50_000), "ab".repeat(20_000)];
  for (const pattern of patterns) {
    const translated = translatePattern(pattern);
    if (!("regExp" in translated)) continue;
    const start = performance.now();
    for (const text of texts) translated.regExp.test(text);
    expect(performance.now() - start).toBeLessThan(1000);
  }
});
