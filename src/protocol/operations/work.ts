import { plainQuery } from "../fields.js";
import { json, type Operation, type ProblemStatus } from "../operation.js";
import { treePage, treeQuery, workDiff, workDiffQuery, workFile, workFileQuery, workStatus } from "../work.js";

/** Besides those of reading a room: what is not read, such as a link or a repository that borrows from elsewhere (409). */
const lookProblems = [401, 403, 404, 409, 422, 503] as const satisfies readonly ProblemStatus[];

/** Operations on the work folders of agents. Nothing in a folder is run, and the agent is not woken. */
export const workOperations = {
  listWork: {
    method: "GET",
    path: "/api/rooms/:id/agents/:name/workspace/tree",
    summary: "lists a folder of an agent's work",
    note: "A page by name; `afterName` is the last name of the page before. No link is followed. While a gated agent works or waits for a decision, only those who decide may look.",
    access: "speak",
    query: treeQuery,
    answers: { 200: json(treePage) },
    problems: lookProblems,
  },
  readWork: {
    method: "GET",
    path: "/api/rooms/:id/agents/:name/workspace/file",
    summary: "reads a file of an agent's work",
    note: "Keys, tokens and the secrets of this Parley are cut out of it.",
    access: "speak",
    query: workFileQuery,
    answers: { 200: json(workFile) },
    problems: lookProblems,
  },
  workStatus: {
    method: "GET",
    path: "/api/rooms/:id/agents/:name/workspace/status",
    summary: "names the files that differ from the commit that is checked out",
    access: "speak",
    query: plainQuery,
    answers: { 200: json(workStatus) },
    problems: lookProblems,
  },
  workDiff: {
    method: "GET",
    path: "/api/rooms/:id/agents/:name/workspace/diff",
    summary: "shows an agent's changes as a unified diff",
    note: "Against the commit its branch comes from, new files included; `against=<agent>` compares the files that one of the two changed with those of the other agent.",
    access: "speak",
    query: workDiffQuery,
    answers: { 200: json(workDiff) },
    problems: lookProblems,
  },
  downloadWork: {
    method: "GET",
    path: "/api/rooms/:id/agents/:name/workspace/archive",
    summary: "downloads an agent's work folder as a tar archive",
    note: "Byte for byte, at most 1 GiB; beyond that it breaks off. Sockets, pipes and devices are left out, and links are kept as links.",
    access: "speak",
    query: plainQuery,
    answers: { 200: { description: "The folder.", content: { "application/x-tar": undefined } } },
    problems: lookProblems,
  },
} as const satisfies Record<string, Operation>;
