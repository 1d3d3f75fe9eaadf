import { plainQuery } from "../fields.js";
import { json, type Operation, readProblems } from "../operation.js";
import { stepPage, stepsQuery, turnPage, turnsQuery } from "../turns.js";

/** Operations on the turns of agents. */
export const turnOperations = {
  listTurns: {
    method: "GET",
    path: "/api/rooms/:id/agents/:name/turns",
    summary: "lists the turns of an agent, newest first, with their time, cost, models and gates",
    access: "readHeld",
    query: turnsQuery,
    answers: { 200: json(turnPage) },
    problems: readProblems,
  },
  readSteps: {
    method: "GET",
    path: "/api/rooms/:id/turns/:turnId/steps",
    summary: "reads what an agent did in a turn: texts, tools with inputs and results, plan, subagents",
    note: "Members read the steps of a gated agent once its turn is over, no gate of it is open and nothing of it was dropped, edited or denied; deciders at once; viewers never. Without `after` from the beginning, also of a turn that runs.",
    access: "readHeld",
    query: stepsQuery,
    answers: { 200: json(stepPage) },
    problems: readProblems,
  },
  readResult: {
    method: "GET",
    path: "/api/rooms/:id/turns/:turnId/results/:stepId",
    summary: "reads all that a tool gave back, where it was too long for its step and was stored",
    note: "As text, at most 1 MiB; who may read the steps may read it.",
    access: "readHeld",
    query: plainQuery,
    answers: { 200: { description: "The result.", content: { "text/plain": undefined } } },
    problems: readProblems,
  },
} as const satisfies Record<string, Operation>;
