import { parseInviteCode } from "../../../src/core/values/invite-code.js";
import { codeIn } from "./invite-link.js";
import type { CallProblem } from "./problem.js";
import { problemText } from "./problem-text.js";
import { texts } from "./texts.js";

const words = texts.join;

/** What the form for joining a room holds. A value: each function gives the next one and changes nothing. */
export interface JoinFormState {
  /** A code, or the link it is in, as it was typed or came with the address. */
  readonly code: string;
  readonly displayName: string;
  /** A free name the server offered in the place of one that is taken. */
  readonly suggested?: string;
  /** The problem, in words. */
  readonly problem?: string;
  /** `checking`: a code that may need no name is tried first. `joining`: the answer is awaited. */
  readonly step: "checking" | "editing" | "joining";
}

/** The form as it opens. What is not an invite code may belong to somebody already, as the code printed at start-up does: that needs no name. */
export function openJoinForm(code: string, displayName: string): JoinFormState {
  const asked = codeIn(code);
  const isPersonal = asked !== "" && parseInviteCode(asked) === undefined;
  return { code, displayName, step: isPersonal ? "checking" : "editing" };
}

/** Another code is typed. */
export function withCode(state: JoinFormState, code: string): JoinFormState {
  return { ...state, code };
}

/** Another name is typed: what was suggested belongs to the name before. */
export function withDisplayName({ suggested: _, ...state }: JoinFormState, displayName: string): JoinFormState {
  return { ...state, displayName };
}

/** The person asks to join: `joining`, or the problem that keeps the request from being sent. */
export function submitted({ problem: _, ...state }: JoinFormState): JoinFormState {
  if (codeIn(state.code) === "") return { ...state, problem: words.problem.needCode };
  if (state.displayName.trim() === "") return { ...state, problem: words.problem.needName };
  return { ...state, step: "joining" };
}

/** The server refused. `name`: the one that was asked for, as it is shown. */
export function refusedJoin(state: JoinFormState, problem: CallProblem, name: string): JoinFormState {
  const { suggestion } = problem;
  const next = { ...state, step: "editing", problem: joinProblem(problem, name) } as const;
  return suggestion === undefined ? next : { ...next, suggested: suggestion };
}

/** The code of the link was tried. Where it needs a name after all (422), the form asks for it and says nothing else. */
export function checkedLink(state: JoinFormState, problem: CallProblem, name: string): JoinFormState {
  return problem.status === 422 ? { ...state, step: "editing" } : refusedJoin(state, problem, name);
}

/** What goes to the server. */
export function joinRequest({ code, displayName, suggested }: JoinFormState) {
  return {
    code: codeIn(code),
    displayName: displayName.trim(),
    ...(suggested !== undefined && { name: suggested }),
  };
}

function joinProblem(problem: CallProblem, name: string): string {
  if (problem.suggestion !== undefined) return words.problem.taken(name, problem.suggestion);
  if (problem.status === 404) return words.problem.unknown;
  if (problem.status === 429) return words.problem.tooMany(problem.retryAfterS ?? 60);
  return problemText(problem);
}
