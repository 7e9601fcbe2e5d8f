/** Patterns: which engine runs them, that both match as RE2 does, that none takes long, and which are refused. */
import { RE2JS } from "@bufbuild/re2";
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
  if (!("matcher" in translated)) throw new Error(translated.problem);
  expect(translated.engine).toBe("RegExp");
  const linear = new RE2JS(pattern);
  for (const text of matches)
    expect([text, translated.matcher.test(text), linear.test(text)]).toEqual([text, true, true]);
  for (const text of others)
    expect([text, translated.matcher.test(text), linear.test(text)]).toEqual([text, false, false]);
});

const beyond: Record<string, readonly [pattern: string, matches: readonly string[], others: readonly string[]]> = {
  "nested repeats": ["^(a+)+$", ["a", "aaa"], ["", "aab"]],
  "a choice inside a repeat": ["^(a|aa){1,3}$", ["a", "aaaaaa"], ["aaaaaaa"]],
  "counted repeats inside a repeat": ["^(\\d{1,3}){1,3}$", ["123456789"], ["1234567890"]],
  "two repeats that may meet": ["^[a-z]+[a-c]+$", ["ab", "zza"], ["az"]],
  "two repeats that may begin anywhere": ["[a-z]+-[0-9]", ["--ab-1"], ["ab-"]],
  "too many ways at every position": ["a{0,20}[ab]{0,20}[abc]", ["xc"], ["x"]],
  "any characters twice": ["^.*x.*$", ["axb", "x"], ["ab", "x\n"]],
  "a repeat without end and without ^": ["[a-z]+x[a-z]", ["0axb"], ["xb"]],
  "too many ways": ["^a{0,90}[ab]{0,90}[abc]{0,90}$", ["aabbcc"], ["ca1"]],
  "a flag": ["(?i)^abc$", ["ABC"], ["abd"]],
  "a word boundary": ["\\babc\\b", ["x abc"], ["xabc"]],
  "a class of Unicode": ["^\\p{Lu}$", ["\u00c4"], ["\u00e4", "1"]],
  "a class by name": ["^[[:alpha:]]+$", ["aZ"], ["\u00e9"]],
  "a named group": ["^(?P<n>a)$", ["a"], ["b"]],
  "white space as RE2 has it": ["(?:^|x)\\s+$", [" ", "x\t\n"], ["\u00a0", "\v"]],
  "any character but a line feed, as RE2 has it": ["(?:a|ab)*.$", ["\r", "\u{1f600}"], ["\n", ""]],
  "an end that is the end": ["(?:a|b)*c$", ["abc"], ["abc\n"]],
};

test.each(Object.entries(beyond))("%s is run by the linear engine", (_sentence, [pattern, matches, others]) => {
  const translated = translatePattern(pattern);
  if (!("matcher" in translated)) throw new Error(translated.problem);
  expect(translated.engine).toBe("Linear");
  for (const text of matches) expect([text, translated.matcher.test(text)]).toEqual([text, true]);
  for (const text of others) expect([text, translated.matcher.test(text)]).toEqual([text, false]);
});

const refused: Record<string, readonly [pattern: string, problem: string]> = {
  "look-ahead": ["^(?=a)b", "this kind of group is not supported"],
  "look-behind": ["(?<=a)b", "this kind of group is not supported"],
  "a class of a name that does not exist": ["[[:letters:]]", "there is no such [:name:] class"],
  "counts that multiply": ["^(\\d{1,30}){1,30}$", "the pattern is too large"],
  "a back reference": ["(a)\\1", "\\1 is not supported"],
  "an open group": ["(a", "a '(' is not closed"],
  "a group closed twice": ["a)", "a ')' has no '('"],
  "an open class": ["[a", "a '[' is not closed"],
  "a range backwards": ["[z-a]", "a range in [...] is not one"],
  "a range of classes": ["[\\d-z]", "a range in [...] is not one"],
  "a repeat of nothing": ["*a", "'*' has nothing to repeat"],
  "a repeat of a repeat": ["a**", "two repeats follow each other"],
  "a repeat of an anchor": ["^*", "an anchor cannot be repeated"],
  "a count that goes down": ["a{3,2}", "a count goes down"],
  "a large count": ["a{1001}", "a count is larger than 1000"],
  "a brace alone": ["a{x}", "a '{' does not begin a count"],
  "an escape at the end": ["a\\", "the pattern ends too early"],
  "many groups in each other": [`${"(".repeat(60)}a${")".repeat(60)}`, "groups are nested too deeply"],
};

test.each(Object.entries(refused))("%s is refused", (_sentence, [pattern, problem]) => {
  const translated = translatePattern(pattern);
  expect("problem" in translated ? translated.problem : "taken").toBe(problem);
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
    "(a+)+$",
    "^(a+)+$",
    "(a|aa)+$",
    "(a|a?)+$",
    "^(([a-z])+.)+[A-Z]([a-z])+$",
    "(.*)*x",
    "([a-zA-Z]+)*[0-9]",
    "(x+x+)+y",
  ];
  const texts = [
    "a".repeat(20_000),
    `${"a".repeat(20_000)}!`,
    "A".repeat(20_000),
    "ab".repeat(10_000),
    "x".repeat(20_000),
  ];
  const start = performance.now();
  for (const pattern of patterns) {
    const translated = translatePattern(pattern);
    if (!("matcher" in translated)) throw new Error(translated.problem);
    for (const text of texts) translated.matcher.test(text);
  }
  // a RegExp of these would run for longer than the universe is old
  expect(performance.now() - start).toBeLessThan(10_000);
});

test("the linear engine needs twice the time for twice the text", () => {
  const translated = translatePattern("^(([a-z])+.)+[A-Z]([a-z])+$");
  if (!("matcher" in translated)) throw new Error(translated.problem);
  const { matcher } = translated;
  const timeOf = (length: number) => {
    const text = "a".repeat(length);
    const runs = Array.from({ length: 5 }, () => {
      const start = performance.now();
      matcher.test(text);
      return performance.now() - start;
    });
    return Math.min(...runs);
  };
  timeOf(1000);
  expect(timeOf(80_000) / timeOf(10_000)).toBeLessThan(32); // 8 when linear, 64 when quadratic
});
