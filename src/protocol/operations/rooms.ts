import { exportQuery, roomEventFrame } from "../events.js";
import { noBody, plainQuery, versionAnswer } from "../fields.js";
import { changeProblems, json, type Operation, readProblems } from "../operation.js";
import {
  configureRoomBody,
  createdRoom,
  createRoomBody,
  purgedRoom,
  roomList,
  roomSummary,
  roomView,
} from "../rooms.js";
import { exportedStep } from "../turns.js";

/** The common part of the four operations that change a room's state. */
const changeOfState = {
  method: "POST",
  body: noBody,
  answers: { 200: json(versionAnswer) },
  problems: changeProblems,
} as const;

/** Operations on whole rooms. */
export const roomOperations = {
  createRoom: {
    method: "POST",
    path: "/api/rooms",
    summary: "makes a room",
    note: "`repo` is an https address or `owner/name` ([repositories](repositories.md)). Parley's own page (its `Origin`) gets the owner's cookie too.",
    access: "admin",
    body: createRoomBody,
    headers: ["Idempotency-Key"],
    answers: { 201: json(createdRoom, "The room was made.") },
    problems: [400, 401, 403, 409, 413, 422, 429, 503],
  },
  listRooms: {
    method: "GET",
    path: "/api/rooms",
    summary: "lists every room, oldest first",
    access: "admin",
    answers: { 200: json(roomList) },
    problems: [401, 403, 422, 503],
  },
  getRoom: {
    method: "GET",
    path: "/api/rooms/:id",
    summary: "shows a room as it is now",
    access: "read",
    query: plainQuery,
    answers: { 200: json(roomView) },
    problems: readProblems,
  },
  getRoomSummary: {
    method: "GET",
    path: "/api/rooms/:id/summary",
    summary: "shows a room's name, state and how many gates are open: a small answer for a list of rooms",
    access: "read",
    query: plainQuery,
    answers: { 200: json(roomSummary) },
    problems: readProblems,
  },
  configureRoom: {
    method: "PATCH",
    path: "/api/rooms/:id",
    summary: "changes the room's name or policy",
    note: "A policy replaces the whole one.",
    access: "configure",
    body: configureRoomBody,
    answers: { 200: json(versionAnswer) },
    problems: changeProblems,
  },
  pauseRoom: {
    ...changeOfState,
    path: "/api/rooms/:id/pause",
    summary: "lets no further turn start",
    access: "steer",
  },
  resumeRoom: { ...changeOfState, path: "/api/rooms/:id/resume", summary: "ends a pause", access: "steer" },
  closeRoom: {
    ...changeOfState,
    path: "/api/rooms/:id/close",
    summary: "closes the room for good",
    note: "It can still be read and exported.",
    access: "close",
  },
  stopRoom: {
    ...changeOfState,
    path: "/api/rooms/:id/stop",
    summary: "stops every agent now",
    access: "steer",
  },
  purgeRoom: {
    method: "POST",
    path: "/api/rooms/:id/purge",
    summary: "deletes the homes and work folders of a closed room's agents",
    note: "`homes` counts those on this machine; others follow within an hour.",
    access: "close",
    body: noBody,
    answers: { 200: json(purgedRoom) },
    problems: changeProblems,
  },
  exportRoom: {
    method: "GET",
    path: "/api/rooms/:id/export",
    summary: "everything that happened",
    note: "`jsonl` (default) has one event per line; `md` is for people. With `steps=1` the steps of a turn stand behind its end, where the reader may read them.",
    access: "read",
    query: exportQuery,
    answers: {
      200: {
        description: "One event per line, or Markdown.",
        content: { "application/jsonl": roomEventFrame.or(exportedStep), "text/markdown": undefined },
      },
    },
    problems: readProblems,
  },
} as const satisfies Record<string, Operation>;
