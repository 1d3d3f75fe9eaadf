import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { describe } from "vitest";
import { eventually } from "../../support/parley-client.js";
import { cliEntry, type Home } from "./cli.js";

const hasScript = spawnSync("script", ["--version"], { stdio: "ignore" }).status === 0;

/** Suites that need a pseudo-terminal, which `script` of util-linux makes. */
export const inTerminal = hasScript
  ? describe
  : (title: string, body: () => void) => describe.skip(`${title} [skipped: no script(1) of util-linux]`, body);

/** A command in a pseudo-terminal of 80 columns. */
export interface TerminalCli {
  /** Everything the terminal was sent, control sequences and all. */
  raw(): string;
  /** Waits until the raw text holds this. */
  sees(text: string | RegExp, deadlineMs?: number): Promise<void>;
  type(text: string): void;
  ended: Promise<number | null>;
  process: ChildProcess;
}

const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

export function startInTerminal(
  home: Home,
  args: readonly string[],
  options: { env?: Record<string, string>; columns?: number } = {},
): TerminalCli {
  const command = [process.execPath, cliEntry, ...args].map(quoted).join(" ");
  const child = spawn("script", ["-qefc", `stty cols ${options.columns ?? 80} rows 24; exec ${command}`, "/dev/null"], {
    cwd: home.folder,
    env: { ...home.env, TERM: "xterm-256color", SHELL: "/bin/sh", ...options.env },
    stdio: ["pipe", "pipe", "pipe"],
  });
  let raw = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    raw += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    raw += text;
  });
  return {
    raw: () => raw,
    sees: async (text, deadlineMs = 30_000) => {
      const has = (seen: string) => (typeof text === "string" ? seen.includes(text) : text.test(seen));
      await eventually(async () => raw, has, deadlineMs);
    },
    type: (text) => void child.stdin.write(text),
    ended: once(child, "close").then(() => child.exitCode),
    process: child,
  };
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: control sequences are what this is about
const ownSequences = /\r\n|\r\u001b\[2K|\u001b\[\d{1,2}m/g;

/** A terminal's output without line ends, the erased status line and colours. */
export function withoutOwnSequences(raw: string): string {
  return raw.replace(ownSequences, (sequence) => (sequence === "\r\n" ? "\n" : ""));
}
