import { InterruptedError, ProblemError, UnreachableError } from "../client/errors.js";
import { type ExitCode, exitCodes, RefusedError, UsageError } from "./errors.js";
import type { Screen } from "./screen.js";

/** Says what happened and what to do, on standard error, and chooses the exit code. */
export async function reportError(
  screen: Screen,
  error: unknown,
  hint: () => Promise<string | undefined>,
): Promise<ExitCode> {
  if (error instanceof InterruptedError) return exitCodes.interrupted;
  if (error instanceof UsageError) {
    screen.note(`parley: ${error.message}`);
    return exitCodes.usage;
  }
  if (error instanceof UnreachableError) {
    screen.note(`parley: ${error.message}`);
    const advice = await hint();
    if (advice !== undefined) screen.note(advice);
    return exitCodes.unreachable;
  }
  if (error instanceof RefusedError) {
    screen.note(`parley: ${error.message}`);
    return exitCodes.refused;
  }
  if (error instanceof ProblemError) return reportProblem(screen, error);
  throw error;
}

function reportProblem(screen: Screen, { problem, retryAfterS }: ProblemError): ExitCode {
  screen.note(`parley: ${sentence(problem.detail)} (${problem.code})`);
  const advice = adviceFor(problem.code, problem, retryAfterS);
  if (advice !== undefined) screen.note(advice);
  return exitCodes.refused;
}

const sentence = (text: string): string => (/[.!?]$/.test(text) ? text : `${text}.`);

function adviceFor(
  code: string,
  problem: Record<string, unknown>,
  retryAfterS: number | undefined,
): string | undefined {
  if (code === "unauthorized") {
    return "Name a token with --token or PARLEY_TOKEN, run this where the server's data folder is, or join with an invite code. For a browser: parley open <room>, on the server's machine.";
  }
  if (code === "name_taken" && typeof problem.suggestion === "string") return `Free would be: ${problem.suggestion}`;
  if (retryAfterS !== undefined) return `Try again in ${retryAfterS} s.`;
  if (code === "internal" && typeof problem.requestId === "string")
    return `The server's log has more under ${problem.requestId}.`;
  return undefined;
}
