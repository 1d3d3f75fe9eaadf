import { createInterface } from "node:readline";
import { launchHere } from "../emulators/anthropic/claude-process.js";
import { findClaudeCode } from "../support/programs.js";

/** Claude Code with nothing around it: lines in, lines out, on this host. */
export interface BareClaude {
  say(prompt: string): void;
  /** When a text of the model that holds this was printed. */
  until(text: string): Promise<number>;
  /** Resolves when its turn has ended. */
  idle(): Promise<void>;
  stop(): void;
}

const quiet = {
  CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1",
  DISABLE_AUTOUPDATER: "1",
  CLAUDE_CODE_DISABLE_BUNDLED_SKILLS: "1",
  CLAUDE_CODE_DISABLE_BACKGROUND_TASKS: "1",
};

export function startBareClaude({ dir, url, key }: { dir: string; url: string; key: string }): BareClaude {
  const args = ["-p", "--input-format", "stream-json", "--output-format", "stream-json", "--verbose"];
  const more = ["--model", "sonnet", "--tools", "Bash,Read,Edit,Write", "--setting-sources", "user"];
  const launch = launchHere({ binary: findClaudeCode() ?? "claude", folder: dir });
  const child = launch([...args, ...more], { ...quiet, ANTHROPIC_BASE_URL: url, ANTHROPIC_API_KEY: key });
  const texts = new Map<string, (at: number) => void>();
  let ended = () => {};
  let turn = Promise.resolve();
  createInterface({ input: child.stdout }).on("line", (line) => {
    const { type } = JSON.parse(line) as { type: string };
    if (type === "result") ended();
    if (type !== "assistant") return;
    for (const [text, seen] of texts) if (line.includes(text)) seen(performance.now());
  });
  return {
    say(prompt) {
      turn = new Promise((resolve) => {
        ended = resolve;
      });
      child.stdin.write(`${JSON.stringify({ type: "user", message: { role: "user", content: prompt } })}\n`);
    },
    until: (text) =>
      new Promise((resolve) => {
        texts.set(text, (at) => {
          texts.delete(text);
          resolve(at);
        });
      }),
    idle: () => turn,
    stop: () => void child.kill("SIGKILL"),
  };
}
