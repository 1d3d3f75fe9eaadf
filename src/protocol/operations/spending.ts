import { plainQuery } from "../fields.js";
import { json, type Operation, readProblems } from "../operation.js";
import { installationUsage, roomUsage, spendingBody, spendingState } from "../spending.js";

/** Operations on what models cost. */
export const spendingOperations = {
  getRoomUsage: {
    method: "GET",
    path: "/api/rooms/:id/usage",
    summary: "shows what the room and its agents used today, this month and in all",
    access: "read",
    query: plainQuery,
    answers: { 200: json(roomUsage) },
    problems: readProblems,
  },
  getUsage: {
    method: "GET",
    path: "/api/usage",
    summary: "shows what all rooms and each person used today, this month and in all",
    note: "Counts model calls that Parley paid for.",
    access: "admin",
    answers: { 200: json(installationUsage) },
    problems: [401, 403, 422, 503],
  },
  getSpending: {
    method: "GET",
    path: "/api/spending",
    summary: "says whether all spending is stopped",
    access: "admin",
    answers: { 200: json(spendingState) },
    problems: [401, 403, 422, 503],
  },
  setSpending: {
    method: "POST",
    path: "/api/spending",
    summary: "stops all spending at once, or ends the stop",
    note: "Holds at every process with its next model call and over restarts. Calls under way end by themselves.",
    access: "admin",
    body: spendingBody,
    answers: { 200: json(spendingState) },
    problems: [400, 401, 403, 413, 422, 503],
  },
} as const satisfies Record<string, Operation>;
