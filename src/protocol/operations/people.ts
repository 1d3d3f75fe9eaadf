import { noBody, plainQuery, versionAnswer } from "../fields.js";
import { decisionAnswer, decisionBody, gateList } from "../gates.js";
import { cappedProblems, changeProblems, json, type Operation, readProblems } from "../operation.js";
import { createdInvite, inviteBody, inviteList, joinBody, joined, personalLink, removedPerson } from "../people.js";

/** Operations of people: coming in, inviting, deciding, leaving. */
export const peopleOperations = {
  joinRoom: {
    method: "POST",
    path: "/api/join",
    summary: "joins a room with a code",
    note: "Sets the room's cookie. A code that is wrong, expired, used up or revoked gets one and the same 404.",
    access: "anyone",
    body: joinBody,
    answers: { 200: json(joined, "The person is in the room.") },
    problems: [400, 403, 404, 409, 413, 422, 429, 503],
  },
  listGates: {
    method: "GET",
    path: "/api/rooms/:id/gates",
    summary: "lists what waits for a decision",
    note: "Without the held fields for readers who may not see them.",
    access: "read",
    query: plainQuery,
    answers: { 200: json(gateList) },
    problems: readProblems,
  },
  decideGate: {
    method: "POST",
    path: "/api/rooms/:id/gates/:gateId/decision",
    summary: "decides a gate",
    access: "decide",
    body: decisionBody,
    answers: { 200: json(decisionAnswer) },
    problems: changeProblems,
  },
  listInvites: {
    method: "GET",
    path: "/api/rooms/:id/invites",
    summary: "lists the invites that still work",
    access: "invite",
    query: plainQuery,
    answers: { 200: json(inviteList) },
    problems: readProblems,
  },
  createInvite: {
    method: "POST",
    path: "/api/rooms/:id/invites",
    summary: "makes an invite",
    access: "invite",
    body: inviteBody,
    answers: { 201: json(createdInvite, "The code, shown this once.") },
    problems: cappedProblems,
  },
  revokeInvite: {
    method: "DELETE",
    path: "/api/rooms/:id/invites/:inviteId",
    summary: "revokes an invite",
    access: "invite",
    body: noBody,
    answers: { 200: json(versionAnswer) },
    problems: changeProblems,
  },
  createLink: {
    method: "POST",
    path: "/api/rooms/:id/link",
    summary: "makes a link for oneself",
    note: "Opened once within 15 minutes, the page is in the room as the caller; for the admin as the owner.",
    access: "participant",
    body: noBody,
    answers: { 201: json(personalLink) },
    problems: changeProblems,
  },
  removePerson: {
    method: "DELETE",
    path: "/api/rooms/:id/participants/:name",
    summary: "leaves the room, or removes a person as its owner",
    note: "Invites they made, re-entry codes for them, their links, tokens and permissions for the session end with them.",
    access: "participant",
    body: noBody,
    answers: { 200: json(removedPerson) },
    problems: changeProblems,
  },
} as const satisfies Record<string, Operation>;
