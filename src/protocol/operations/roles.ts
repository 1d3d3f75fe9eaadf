import { json, type Operation } from "../operation.js";
import { roleList } from "../roles.js";

/** Operations on the roles that agents can have. */
export const roleOperations = {
  listRoles: {
    method: "GET",
    path: "/api/roles",
    summary: "lists the roles that agents can have",
    note: "They are read again when their files change.",
    access: "anyone",
    answers: { 200: json(roleList) },
    problems: [422],
  },
} as const satisfies Record<string, Operation>;
