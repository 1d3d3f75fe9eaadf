import type { AgentDoor } from "./agent-door.js";

/** Answers one HTTP request in which an agent outside Parley calls tools on its door, such as one of the Model Context Protocol. It keeps nothing between two requests. */
export type AgentCalls = (request: Request, door: AgentDoor) => Promise<Response>;
