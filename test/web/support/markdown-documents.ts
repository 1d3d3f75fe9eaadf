import fc from "fast-check";

/** Words without a meaning in Markdown; some with letters that others write. */
const word = fc.constantFrom(
  "alpha",
  "beta",
  "gamma",
  "Zoë",
  "x1",
  "done",
  "重要",
  "مهم",
  "42",
  "snake_case",
  "it's",
  "end.",
);

const words = fc.array(word, { minLength: 1, maxLength: 4 }).map((list) => list.join(" "));

/** A part of a line, and the same again inside other parts. */
const { inline } = fc.letrec<{ inline: string; part: string }>((tie) => {
  const marked = (marks: string) =>
    fc.tuple(words, tie("inline"), words).map(([first, text, last]) => `${marks}${first} ${text} ${last}${marks}`);
  return {
    part: fc.oneof(
      { maxDepth: 2, depthIdentifier: "inline" },
      words,
      words.map((text) => `\`${text}\``),
      words.map((text) => `\`\` ${text} \` \`\``),
      fc.constantFrom(
        "https://parley.example/a?b=c",
        "<https://parley.example/d>",
        "\\*",
        "\\_",
        "&amp;",
        "&#35;",
        "a\\b",
      ),
      marked("**"),
      marked("*"),
      marked("~~"),
      words.map((text) => `[${text}](https://parley.example/${text.length})`),
      words.map((text) => `[\`${text}\`](https://parley.example/a_(b) "title")`),
    ),
    inline: fc.array(tie("part"), { minLength: 1, maxLength: 4 }).map((parts) => parts.join(" ")),
  };
});

const lines = fc.array(inline, { minLength: 1, maxLength: 3 }).map((list) => list.join("\n"));
const indented = (text: string, by: string) =>
  text
    .split("\n")
    .map((line, at) => (at === 0 || line === "" ? line : by + line))
    .join("\n");
const quoted = (text: string) =>
  text
    .split("\n")
    .map((line) => (line === "" ? ">" : `> ${line}`))
    .join("\n");

const fence = fc
  .record({
    mark: fc.constantFrom("```", "````", "~~~"),
    language: fc.constantFrom("", "ts", "sh", "diff"),
    code: fc.array(fc.constantFrom("a = 1", "", "- no list", "# no heading", "*x*", "> y", "| z |"), { maxLength: 4 }),
  })
  .map(({ mark, language, code }) => [mark + language, ...code, mark].join("\n"));

const row = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
const cell = fc.oneof(
  words,
  words.map((text) => `**${text}**`),
  words.map((text) => `\`${text}\``),
);
const table = fc.integer({ min: 1, max: 4 }).chain((width) => {
  const cells = fc.array(cell, { minLength: width, maxLength: width });
  const rule = fc.array(fc.constantFrom("---", ":--", ":-:", "--:"), { minLength: width, maxLength: width });
  return fc
    .record({ head: cells, rule, rows: fc.array(cells, { maxLength: 3 }) })
    .map(({ head, rule: under, rows }) => [head, under, ...rows].map(row).join("\n"));
});

/** A whole document of blocks in each other. */
const { documents } = fc.letrec<{ documents: string; block: string; item: string }>((tie) => ({
  item: fc.array(tie("block"), { minLength: 1, maxLength: 2 }).map((blocks) => blocks.join("\n\n")),
  block: fc.oneof(
    { maxDepth: 3, depthIdentifier: "block" },
    lines,
    fc.tuple(fc.integer({ min: 1, max: 6 }), inline).map(([level, text]) => `${"#".repeat(level)} ${text}`),
    fence,
    table,
    fc.constant("---"),
    tie("documents").map(quoted),
    fc.array(inline, { minLength: 1, maxLength: 3 }).map((items) => items.map((text) => `- ${text}`).join("\n")),
    fc
      .array(inline, { minLength: 1, maxLength: 3 })
      .map((items) => items.map((text, at) => `${at + 1}. ${text}`).join("\n")),
    fc
      .array(fc.tuple(fc.boolean(), words), { minLength: 1, maxLength: 3 })
      .map((items) => items.map(([isDone, text]) => `- [${isDone ? "x" : " "}] ${text}`).join("\n")),
    fc
      .array(tie("item"), { minLength: 1, maxLength: 2 })
      .map((items) => items.map((text) => `- ${indented(text, "  ")}`).join("\n\n")),
    fc
      .array(tie("item"), { minLength: 1, maxLength: 2 })
      .map((items) => items.map((text, at) => `${at + 1}. ${indented(text, "   ")}`).join("\n\n")),
  ),
  documents: fc.array(tie("block"), { minLength: 1, maxLength: 3 }).map((blocks) => blocks.join("\n\n")),
}));

/** Documents as a careful writer would make them: every kind of block and inline, in each other. */
export const markdownDocuments = documents;
