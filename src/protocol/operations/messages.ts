import { activityFrame, agentEventFrame, eventsQuery, roomEventFrame } from "../events.js";
import { noBody } from "../fields.js";
import {
  messageBody,
  messagePage,
  messagesQuery,
  postedMessage,
  replaceBody,
  retriedMessages,
  retryBody,
  withdrawnMessage,
} from "../messages.js";
import { cappedProblems, changeProblems, json, type Operation, readProblems } from "../operation.js";

/** A frame of a room's stream: an event with an id, or activity without one. */
export const roomFrame = roomEventFrame.or(activityFrame);

/** Operations on messages and gates of a room. */
export const messageOperations = {
  postMessage: {
    method: "POST",
    path: "/api/rooms/:id/messages",
    summary: "posts a message as the token's participant",
    note: "A paused room takes messages; they wait.",
    access: "speak",
    body: messageBody,
    headers: ["Idempotency-Key"],
    answers: { 201: json(postedMessage, "The message is in the log.") },
    problems: cappedProblems,
  },
  retryMessage: {
    method: "POST",
    path: "/api/rooms/:id/messages/:messageId/retry",
    summary: "delivers a message again whose turn failed",
    access: "speak",
    body: retryBody,
    answers: { 200: json(retriedMessages) },
    problems: changeProblems,
  },
  retryLast: {
    method: "POST",
    path: "/api/rooms/:id/retry",
    summary: "delivers again all that the turn had taken that failed last",
    access: "speak",
    body: retryBody,
    answers: { 200: json(retriedMessages) },
    problems: changeProblems,
  },
  withdrawMessage: {
    method: "DELETE",
    path: "/api/rooms/:id/messages/:messageId",
    summary: "takes back a message of one's own that no agent has taken",
    note: "It stays in the log and is shown as withdrawn.",
    access: "speak",
    body: noBody,
    answers: { 200: json(withdrawnMessage) },
    problems: changeProblems,
  },
  replaceMessage: {
    method: "PATCH",
    path: "/api/rooms/:id/messages/:messageId",
    summary: "takes back a message of one's own that no agent has taken, and posts another text in its place",
    note: "Both in one commit; the new message has its own id.",
    access: "speak",
    body: replaceBody,
    answers: { 200: json(withdrawnMessage) },
    problems: changeProblems,
  },
  listMessages: {
    method: "GET",
    path: "/api/rooms/:id/messages",
    summary: "a page of messages",
    note: "`limit` is 50 by default and 200 at most.",
    access: "read",
    query: messagesQuery,
    answers: { 200: json(messagePage) },
    problems: readProblems,
  },
  followRoom: {
    method: "GET",
    path: "/api/rooms/:id/events",
    summary: "the room's events, as they happen",
    access: "read",
    query: eventsQuery,
    headers: ["Last-Event-ID"],
    answers: { 200: { description: "Server-sent events.", content: { "text/event-stream": roomFrame } } },
    problems: [...readProblems, 429],
  },
  followAgent: {
    method: "GET",
    path: "/api/rooms/:id/agents/:name/events",
    summary: "what the agent did inside its turns",
    note: "A gated agent's stream is for those who decide.",
    access: "read",
    query: eventsQuery,
    headers: ["Last-Event-ID"],
    answers: { 200: { description: "Server-sent events.", content: { "text/event-stream": agentEventFrame } } },
    problems: [...readProblems, 429],
  },
} as const satisfies Record<string, Operation>;
