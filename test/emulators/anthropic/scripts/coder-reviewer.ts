import { byRole, type Rule, rules, type Script, type Step, text, tool } from "../script.js";
import { type ScriptInput, type ToolResult, withoutSteering } from "../script-input.js";

const FILE = "greet.sh";
const QUESTION = "How should the script greet?";

const lastResult = (input: ScriptInput, name: string): ToolResult | undefined =>
  input.results.findLast((result) => result.tool === name);

const describe = (result: ToolResult | undefined): string => (result?.text ?? "nothing").trim().slice(0, 400);

const refusedBy = (input: ScriptInput): Step | undefined => {
  const refused = input.results.find((result) => result.isError);
  return refused && text(`@room NOTIFY: I stopped, ${refused.tool} did not work: ${describe(refused)}`);
};

/** The answer a person chose, from the result of AskUserQuestion. */
const chosenGreeting = (input: ScriptInput): string => {
  const answers = lastResult(input, "AskUserQuestion")?.text ?? "";
  return new RegExp(`"${QUESTION.replace("?", "\\?")}"="([^"]*)"`).exec(answers)?.[1] ?? "Hello";
};

const folderOf = (input: ScriptInput): string => lastResult(input, "Bash")?.text.trim().split("\n").at(-1) ?? "";

const ask = tool("AskUserQuestion", {
  questions: [
    {
      question: QUESTION,
      header: "Greeting",
      multiSelect: false,
      options: [
        { label: "Hello", description: "Plain and short" },
        { label: "Good day", description: "A little more formal" },
      ],
    },
  ],
});

const whereAmI = tool("Bash", { command: "pwd", description: "Show the working folder" });

const runIt = tool("Bash", { command: `sh ./${FILE} world`, description: "Run the script once" });

const requestReview = (input: ScriptInput): Step => {
  const written = String(lastResult(input, "Write")?.input.content ?? "");
  const output = describe(lastResult(input, "Bash"));
  const lead = `@reviewer REVIEW_REQUEST: please review \`${FILE}\`; it printed \`${output}\`.`;
  return text(`${lead}\n\n\`\`\`sh\n${written.trimEnd()}\n\`\`\``);
};

/** Each step looks at the earlier tools' results, so a refusal or another answer changes the rest. */
const working = (steps: (input: ScriptInput) => readonly Step[]) => {
  return (input: ScriptInput): readonly Step[] => {
    const refused = refusedBy(input);
    return refused === undefined ? steps(input) : Array.from({ length: input.step + 1 }, () => refused);
  };
};

const build = working((input) => {
  const content = `#!/bin/sh\necho "${chosenGreeting(input)}, $1"\n`;
  const write = tool("Write", { file_path: `${folderOf(input)}/${FILE}`, content });
  const steps = [whereAmI, write, runIt, requestReview(input)];
  return input.tools.includes("AskUserQuestion") ? [ask, ...steps] : steps;
});

const mend = working((input) => {
  const greeting = /it printed `?([^`,]*),/.exec(input.prompt)?.[1] ?? "Hello";
  const content = `#!/bin/sh\nset -eu\necho "${greeting}, $1"\n`;
  return [whereAmI, tool("Write", { file_path: `${folderOf(input)}/${FILE}`, content }), runIt, requestReview(input)];
});

const coderRules: readonly Rule[] = [
  { prompt: /APPROVED:/, steps: [text(`@room DONE: \`${FILE}\` is reviewed and in place.`)] },
  { prompt: /REVIEW_FEEDBACK:/, steps: mend },
  { prompt: /\b(add|build|create|implement|make|write)\b/i, steps: build },
  { steps: [text("Read. Nothing for me to do here.")] },
];

const sentScript = (input: ScriptInput): string => /```sh\n([\s\S]*?)\n\s*```/.exec(input.prompt)?.[1] ?? "";

const verdict = (input: ScriptInput): Step => {
  const printed = /it printed `([^`]*)`/.exec(input.prompt)?.[1] ?? "nothing";
  const checked = lastResult(input, "Bash")?.text;
  const isStrict = checked === undefined ? sentScript(input).includes("set -eu") : checked.includes("strict");
  if (isStrict) return text(`@coder APPROVED: \`${FILE}\` is fine, it printed \`${printed}\`.`);
  return text(`@coder REVIEW_FEEDBACK: start \`${FILE}\` with \`set -eu\`; it printed \`${printed}\`.`);
};

/** A read-only reviewer looks around and judges the message it was sent. */
const readAlong = working((input) => [tool("Glob", { pattern: "**/*.sh" }), verdict(input)]);

/** Works on a copy of its own: agents need not share a folder. */
const checkCopy = working((input) => {
  const content = `${sentScript(input)}\n`;
  const copy = `reviewed-${FILE}`;
  const check = `sh -n ./${copy} && { grep -qx 'set -eu' ./${copy} && echo strict || echo lax; }`;
  return [
    whereAmI,
    tool("Write", { file_path: `${folderOf(input)}/${copy}`, content }),
    tool("Bash", { command: check, description: "Check the syntax and the shell options" }),
    verdict(input),
  ];
});

const review = (input: ScriptInput): readonly Step[] =>
  input.tools.includes("Bash") ? checkCopy(input) : readAlong(input);

const reviewerRules: readonly Rule[] = [
  { prompt: /REVIEW_REQUEST:/, steps: review },
  { steps: [text("Read. I wait for a review request.")] },
];

export const coder: Script = rules(coderRules);
export const reviewer: Script = rules(reviewerRules);

/** Takes in text that is sent into a running turn, and continues the work. */
const undisturbed =
  (script: Script): Script =>
  (input) =>
    script(withoutSteering(input));

/**
 * A small session of two agents with Claude Code's own tools: the coder asks a person how to greet (where it may), writes and runs
 * a script and asks for a review; the reviewer checks a copy and first wants `set -eu`; the coder mends it; approved; done.
 */
export const coderAndReviewer: Script = undisturbed(byRole({ coder, reviewer }));
