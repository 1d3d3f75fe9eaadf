import type { SourceFile } from "./ast.js";
import { isModule } from "./imports.js";

/** A comment or test name with a banned word or opening. */
export interface EnglishProblem {
  path: string;
  /** Counted from 1. */
  line: number;
  text: string;
}

/** Words that a native engineer would not use in a comment or a test name. */
const bannedWords: readonly RegExp[] = [
  /\banew\b/i,
  /\b(?:is|are|was|were) nobody\b|\b(?:is|was) none\b/i,
  /\bsaid otherwise\b|\bsays otherwise\b/i,
  /\bwhoever\b/i,
  /\bno more\b(?= ?[.;:,]|$)/i,
  /\bgives how to\b/i,
  /\blets? go of\b/i,
];

/** Relative clauses and vague pronouns as the subject, as in "Who asks is told". Name the subject with a noun instead. */
const bannedOpenings: readonly RegExp[] = [
  /^(?:Who|Whoever|What|That which) (?:\w+ )?(?:is|are|was|were|has|had|may|can|cannot|does|did|must|came|comes|nobody|somebody)\b/,
  /^(?:Somebody|Nobody|Everybody)\b/,
];

const comment = /^\s*(?:\/\*\*?|\*(?!\/)|\/\/|\{\/\*)\s*(.*?)\s*(?:\*\/\}?)?$/;
const trailingComment = /[;,{})\]]\s+\/\/\s(.*)$/;
const testName = /(?:\b(?:test|describe|withDriver)(?:\.[a-z]+)*|\))\(\s*(["'`])((?:(?!\1).)+)\1,/;

/** The prose of one line: its comment and its test name. */
function proseOf(line: string): string[] {
  const found = comment.exec(line)?.[1] ?? trailingComment.exec(line)?.[1];
  const name = testName.exec(line)?.[2];
  return [found, name].filter((text) => text !== undefined && text !== "") as string[];
}

/** Comments and test names of these files that use a banned word or opening, in order. */
export function englishProblems(files: readonly SourceFile[]): EnglishProblem[] {
  return files
    .filter(({ path }) => isModule(path))
    .flatMap(({ path, text }) =>
      text.split("\n").flatMap((line, at) =>
        proseOf(line)
          .filter((prose) => [...bannedWords, ...bannedOpenings].some((pattern) => pattern.test(prose)))
          .map((prose) => ({ path, line: at + 1, text: prose })),
      ),
    );
}

/** The folder that a file's problems are counted under: three levels in src/runtime, two elsewhere. */
export function folderOf(path: string): string {
  const depth = path.startsWith("src/runtime/") ? 3 : 2;
  return path.split("/").slice(0, -1).slice(0, depth).join("/");
}
