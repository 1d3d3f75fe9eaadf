import type { CallProblem } from "./problem.js";
import { texts } from "./texts.js";

/** A problem in words: what happened and what to do. The server's own words are used if it has some. */
export function problemText(problem: CallProblem): string {
  if (problem.code === "written_long_ago") return texts.problem.writtenLongAgo;
  if (problem.you !== undefined) return texts.problem.notYou(problem.you);
  if (problem.status === 0) return texts.problem.noAnswer;
  if (problem.status === 429) return texts.problem.tooMany(problem.retryAfterS ?? 60);
  if (problem.code === "quota") return sentence(problem.detail);
  if (problem.status >= 500) return texts.problem.server;
  if (problem.detail !== "") return sentence(problem.detail);
  return problem.status === 403 ? texts.problem.forbidden : texts.problem.other;
}

function sentence(detail: string): string {
  const text = detail.charAt(0).toUpperCase() + detail.slice(1);
  return /[.!?]$/.test(text) ? text : `${text}.`;
}
