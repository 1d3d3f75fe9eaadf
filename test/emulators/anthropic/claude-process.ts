import { type ChildProcess, type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { type AnthropicEmulator, DEFAULT_API_KEY } from "./server.js";

/** One line of the CLI's stream-json output. */
export type Line = Readonly<Record<string, unknown>> & { readonly type: string };

export interface PermissionRequest {
  readonly tool: string;
  readonly input: Readonly<Record<string, unknown>>;
}

export interface ClaudeProcess {
  /** Every line printed so far. */
  readonly lines: readonly Line[];
  /** Permission asks seen so far, in order. */
  readonly asks: readonly PermissionRequest[];
  /** Sends a user message and waits for nothing, e.g. into a running turn. */
  say(prompt: string): void;
  /** Sends one user message and resolves with the text and result of its turn. */
  turn(prompt: string): Promise<{ text: string; result: Line }>;
  /** Ends the session; resolves with the exit code. */
  end(): Promise<number | null>;
}

/** How the CLI is started: its arguments and environment are given, where it runs is the launcher's. */
export type Launch = (
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
) => ChildProcessWithoutNullStreams;

export interface ClaudeOptions {
  readonly launch: Launch;
  readonly emulator: AnthropicEmulator;
  readonly role?: string;
  readonly model?: string;
  /** Reply to a permission ask, in the words of the CLI's control protocol; default allow as asked. */
  readonly decide?: (ask: PermissionRequest) => Readonly<Record<string, unknown>>;
  /** Of one turn; default 50 s. */
  readonly timeoutMs?: number;
}

const cliArguments = (options: ClaudeOptions): string[] => [
  ...["-p", "--input-format", "stream-json", "--output-format", "stream-json", "--verbose"],
  ...["--permission-prompt-tool", "stdio", "--model", options.model ?? "claude-opus-5-5"],
  ...["--tools", "Bash,Read,Edit,Write,AskUserQuestion", "--setting-sources", "user", "--strict-mcp-config"],
  ...(options.role === undefined ? [] : ["--append-system-prompt", options.role]),
];

/** Everything but the emulator is switched off, or refused by a proxy that is not there. */
const environment = (emulator: AnthropicEmulator): Record<string, string> => ({
  ANTHROPIC_BASE_URL: emulator.url,
  ANTHROPIC_API_KEY: DEFAULT_API_KEY,
  ...(emulator.socketPath === undefined ? {} : { ANTHROPIC_UNIX_SOCKET: emulator.socketPath }),
  HTTPS_PROXY: "http://127.0.0.1:9",
  NO_PROXY: "127.0.0.1",
  CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1",
  DISABLE_AUTOUPDATER: "1",
  CLAUDE_CODE_DISABLE_BUNDLED_SKILLS: "1",
  CLAUDE_CODE_DISABLE_BACKGROUND_TASKS: "1",
  CLAUDE_CODE_MAX_RETRIES: "4",
});

/** Runs the binary on this machine with `home` and `work` inside the folder. */
export const launchHere =
  (options: { binary: string; folder: string }): Launch =>
  (args, environment) => {
    const [home, cwd] = [join(options.folder, "home"), join(options.folder, "work")];
    for (const path of [home, cwd]) mkdirSync(path, { recursive: true });
    return spawn(options.binary, args, { cwd, env: { PATH: process.env.PATH, HOME: home, ...environment } });
  };

const assistantText = (lines: readonly Line[]): string =>
  lines
    .filter((line) => line.type === "assistant")
    .flatMap((line) => (line.message as { content: { type: string; text?: string }[] }).content)
    .flatMap((block) => (block.type === "text" ? [block.text ?? ""] : []))
    .join("\n");

const exitOf = (child: ChildProcess): Promise<number | null> =>
  new Promise((resolve) => child.once("exit", (code) => resolve(code)));

/** Resolves with what `find` finds after some later line; rejects after the time or when the process ends. */
const untilFound = (options: {
  find: () => Line | undefined;
  watchers: Set<() => void>;
  timeoutMs: number;
  exited: Promise<number | null>;
  seen: () => string;
}): Promise<Line> =>
  new Promise((resolve, reject) => {
    const finish = (): void => {
      options.watchers.delete(look);
      clearTimeout(timer);
    };
    const fail = (reason: string): void => {
      finish();
      reject(new Error(`${reason}; ${options.seen()}`));
    };
    const look = (): void => {
      const found = options.find();
      if (found === undefined) return;
      finish();
      resolve(found);
    };
    const timer = setTimeout(() => fail(`no result in ${options.timeoutMs} ms`), options.timeoutMs);
    options.watchers.add(look);
    void options.exited.then((code) => fail(`the CLI ended with ${code}`));
  });

/** Runs the real CLI as one long-lived process against the emulator. */
export const startClaude = (options: ClaudeOptions): ClaudeProcess => {
  const { timeoutMs = 50_000, decide = (ask) => ({ behavior: "allow", updatedInput: ask.input }) } = options;
  const child = options.launch(cliArguments(options), environment(options.emulator));
  const lines: Line[] = [];
  const asks: PermissionRequest[] = [];
  const watchers = new Set<() => void>();
  let complaints = "";
  const exited = exitOf(child);
  child.stderr.setEncoding("utf8").on("data", (chunk: string) => {
    complaints += chunk;
  });

  const send = (line: object): void => {
    child.stdin.write(`${JSON.stringify(line)}\n`);
  };
  const say = (prompt: string): void =>
    send({ type: "user", message: { role: "user", content: prompt }, parent_tool_use_id: null, uuid: randomUUID() });
  const answerAsk = (line: Line): void => {
    const request = line.request as { subtype: string; tool_name: string; input: Record<string, unknown> };
    if (request.subtype !== "can_use_tool") return;
    const ask = { tool: request.tool_name, input: request.input };
    asks.push(ask);
    const response = { subtype: "success", request_id: line.request_id, response: decide(ask) };
    send({ type: "control_response", response });
  };
  createInterface({ input: child.stdout }).on("line", (raw) => {
    const line = JSON.parse(raw) as Line;
    lines.push(line);
    if (line.type === "control_request") answerAsk(line);
    for (const watcher of [...watchers]) watcher();
  });

  const nextResult = (from: number): Promise<Line> => {
    const find = (): Line | undefined => lines.slice(from).find((line) => line.type === "result");
    const seen = (): string => `last lines: ${JSON.stringify(lines.slice(-3))} ${complaints}`;
    return untilFound({ find, watchers, timeoutMs, exited, seen });
  };

  return {
    lines,
    asks,
    say,
    turn: async (prompt) => {
      const from = lines.length;
      const result = nextResult(from);
      say(prompt);
      return { result: await result, text: assistantText(lines.slice(from)) };
    },
    end: () => {
      send({ type: "control_request", request_id: "end", request: { subtype: "end_session" } });
      child.stdin.end();
      return exited;
    },
  };
};
