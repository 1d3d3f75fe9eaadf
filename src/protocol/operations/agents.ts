import { addedAgent, agentBody, agentDetails, configureAgentBody, configuredAgent } from "../agents.js";
import { noBody, plainQuery, versionAnswer } from "../fields.js";
import { changeProblems, json, type Operation, readProblems } from "../operation.js";

/** Operations on the agents of a room. */
export const agentOperations = {
  addAgent: {
    method: "POST",
    path: "/api/rooms/:id/agents",
    summary: "adds an agent",
    access: "manageAgents",
    body: agentBody,
    answers: { 201: json(addedAgent, "The agent is in the room.") },
    problems: changeProblems,
  },
  agentDetails: {
    method: "GET",
    path: "/api/rooms/:id/agents/:name",
    summary: "what an agent works by now: role, runtime, model, gate, budget and prompt",
    access: "manageAgents",
    query: plainQuery,
    answers: { 200: json(agentDetails) },
    problems: readProblems,
  },
  configureAgent: {
    method: "PATCH",
    path: "/api/rooms/:id/agents/:name",
    summary: "changes an agent's gate, model, effort, mode, role, prompt or budget",
    note: "`members` says for each from when it holds; a running agent has all of them at its next turn at the latest.",
    access: "manageAgents",
    body: configureAgentBody,
    answers: { 200: json(configuredAgent) },
    problems: changeProblems,
  },
  interruptAgent: {
    method: "POST",
    path: "/api/rooms/:id/agents/:name/interrupt",
    summary: "cancels the agent's turn",
    access: "steer",
    body: noBody,
    answers: { 200: json(versionAnswer) },
    problems: changeProblems,
  },
  freshAgent: {
    method: "POST",
    path: "/api/rooms/:id/agents/:name/fresh",
    summary: "gives the agent a new conversation on the same work folder",
    note: "A turn under way is cut off, and its messages are delivered again in the new conversation. The agent is told the last messages of the room.",
    access: "manageAgents",
    body: noBody,
    answers: { 200: json(versionAnswer) },
    problems: changeProblems,
  },
  moveAgent: {
    method: "POST",
    path: "/api/rooms/:id/agents/:name/move",
    summary: "lets the agent leave its home node",
    note: "The process that runs its next turn is its new home.",
    access: "manageAgents",
    body: noBody,
    answers: { 200: json(versionAnswer) },
    problems: changeProblems,
  },
  removeAgent: {
    method: "DELETE",
    path: "/api/rooms/:id/agents/:name",
    summary: "removes an agent",
    note: "Its turn is cancelled, its waiting messages expire, its gates are withdrawn.",
    access: "manageAgents",
    body: noBody,
    answers: { 200: json(versionAnswer) },
    problems: changeProblems,
  },
} as const satisfies Record<string, Operation>;
