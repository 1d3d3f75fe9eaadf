import type { Fault, Step } from "./script.js";
import type { ScriptInput } from "./script-input.js";

export interface Injection {
  readonly fault: Fault;
  /** Default 1. */
  readonly times?: number;
  /** Which requests it hits; default every valid one. */
  readonly when?: (input: ScriptInput) => boolean;
}

export interface FaultPlan {
  inject(injection: Injection): void;
  /** The fault of this attempt, used up by asking: first the oldest injection that fits, then the step's own. */
  next(input: ScriptInput, step: Step): Fault | undefined;
}

export const createFaultPlan = (): FaultPlan => {
  const injections: { fault: Fault; left: number; when: (input: ScriptInput) => boolean }[] = [];
  const attempts = new Map<string, number>();

  const injected = (input: ScriptInput): Fault | undefined => {
    const entry = injections.find((candidate) => candidate.left > 0 && candidate.when(input));
    if (entry !== undefined) entry.left -= 1;
    return entry?.fault;
  };

  /** One fault an attempt; it is another attempt when the same question comes again. */
  const scripted = (input: ScriptInput, step: Step): Fault | undefined => {
    if (step.faults === undefined || step.faults.length === 0) return undefined;
    const session = input.headers["x-claude-code-session-id"] ?? "";
    const key = JSON.stringify([session, input.body.messages.length, input.step, input.prompt]);
    const attempt = attempts.get(key) ?? 0;
    attempts.set(key, attempt + 1);
    return step.faults[attempt];
  };

  return {
    inject: ({ fault, times = 1, when = () => true }) => injections.push({ fault, left: times, when }),
    next: (input, step) => injected(input) ?? scripted(input, step),
  };
};
