import { PortError } from "../../src/ports/port-error.js";

/** How an agent's main process ended. */
export interface ProcessEnd {
  /** Undefined: this process released the sandbox, or could not start it. */
  code?: number;
  outOfMemory: boolean;
  /** The engine ended it. */
  byEngine?: true;
  /** It never ran, or its pipes were lost. */
  error?: unknown;
}

const complaintLines = 8;

/** The last lines of a process's complaints, with keys and the given secrets replaced. */
export function withoutSecrets(text: string, secrets: readonly string[]): string {
  let clean = text.replace(/sk-(?:ant-[A-Za-z0-9_-]+|[A-Za-z0-9_-]{16,})/g, "(key)");
  for (const secret of secrets) if (secret !== "") clean = clean.replaceAll(secret, "(token)");
  return clean.trim().split("\n").slice(-complaintLines).join("\n");
}

/** Words for how it ended; `name` is the agent's, `program` what runs it, such as "Claude Code". */
export function deathOf(
  name: string,
  options: { program: string; end: ProcessEnd; complaints: string; memoryMb: number },
): PortError {
  const { program, end, complaints, memoryMb } = options;
  if (end.error instanceof PortError) return end.error;
  if (end.byEngine) {
    const text = `The engine ended the sandbox of @${name}: it was stopped or restarted. Its conversation is kept.`;
    return new PortError(text, { code: "unavailable", retryable: true, outage: "Docker was stopped or restarted" });
  }
  const said = complaints === "" ? "" : ` Its last words:\n${complaints}`;
  const how = end.outOfMemory
    ? `it needed more than its ${memoryMb} MB of memory`
    : `exit code ${end.code ?? "unknown"}`;
  const isMissing = end.code === 126 || end.code === 127;
  const next = isMissing
    ? `${program} cannot be run in it: check the agents' image or the path of the binary.`
    : "Its conversation is kept and goes on with the next turn.";
  return new PortError(`The sandbox of @${name} ended: ${how}. ${next}${said}`, {
    code: isMissing ? "refused" : "died",
    retryable: !isMissing,
    cause: end.error,
  });
}
