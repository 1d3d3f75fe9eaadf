import type { CliCommand } from "../command.js";
import { completeWords } from "../complete-words.js";
import { completionScript, shells } from "../completion.js";
import { UsageError } from "../errors.js";
import { didYouMean } from "../nearest.js";

/** A shell waits for the answer. */
const patienceMs = 3_000;

export const completionCommand: CliCommand = {
  path: ["completion"],
  summary: "a script that completes parley's commands in your shell",
  details: "The script asks parley for the names of rooms, agents, gates, roles and people as you type.",
  arguments: [
    { name: "shell", help: "bash, zsh or fish; words, for the script itself, prints completions of a line" },
    {
      name: "line",
      help: "words of that line behind parley, the last of which is being typed",
      optional: true,
      rest: true,
    },
  ],
  options: {},
  examples: [
    "source <(parley completion bash)",
    "parley completion zsh > ~/.zfunc/_parley",
    "parley completion fish > ~/.config/fish/completions/parley.fish",
  ],
  async run(context, typed) {
    const { stdout, commands } = context;
    if (typed.argument("shell") === "words") {
      const signal = AbortSignal.any([context.signal, AbortSignal.timeout(patienceMs)]);
      for (const word of await completeWords({ ...context, signal }, typed.rest("line"))) stdout.write(`${word}\n`);
      return undefined;
    }
    const asked = typed.argument("shell");
    const shell = shells.find((known) => known === asked);
    if (!shell)
      throw new UsageError(
        `There is no completion for “${asked}”; there is for ${shells.join(", ")}.${didYouMean(asked, shells)}`,
      );
    stdout.write(completionScript(shell, commands));
    return undefined;
  },
};
