import type { CliCommand } from "../command.js";
import { completionScript, shells } from "../completion.js";
import { UsageError } from "../errors.js";
import { didYouMean } from "../nearest.js";

export const completionCommand: CliCommand = {
  path: ["completion"],
  summary: "a script that completes parley's commands in your shell",
  arguments: [{ name: "shell", help: "bash, zsh or fish" }],
  options: {},
  examples: [
    "source <(parley completion bash)",
    "parley completion zsh > ~/.zfunc/_parley",
    "parley completion fish > ~/.config/fish/completions/parley.fish",
  ],
  async run({ stdout, commands }, typed) {
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
