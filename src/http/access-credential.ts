import { routePath } from "hono/route";
import type { CredentialScope } from "../core/values/credential-scope.js";
import type { CredentialKind } from "../runtime/access/credential-state.js";
import type { CredentialView } from "../runtime/access/credentials.js";
import type { RoomToken } from "../runtime/access/tokens.js";
import type { AppContext, AppDeps } from "./deps.js";
import { HttpProblemError, roomNotFound, unauthorized } from "./problem.js";

/** Kinds that are for addresses of their own, and what they say everywhere else. */
const notForRooms: Partial<Record<CredentialKind, string>> = {
  "room-agent": "This token is an agent's: it opens the addresses made for agents, and no others.",
  hook: "This token is a hook's: it opens the addresses made for hooks, and no others.",
  link: "This token is a linked machine's: it opens the addresses made for links, and no others.",
};

/** Changes that take less than `manage`. A change that is not listed takes `manage`. */
const scopeOfChange: Readonly<Record<string, CredentialScope>> = {
  "POST /api/rooms/:id/messages": "post",
  "POST /api/rooms/:id/files": "post",
  "POST /api/rooms/:id/messages/:messageId/retry": "post",
  "DELETE /api/rooms/:id/messages/:messageId": "post",
  "PATCH /api/rooms/:id/messages/:messageId": "post",
  "POST /api/rooms/:id/retry": "post",
  "POST /api/rooms/:id/gates/:gateId/deciding": "decide",
  "POST /api/rooms/:id/gates/:gateId/decision": "decide",
};

/** Would give what outlives the credential and is not limited by its scopes. */
const neverByCredential: ReadonlySet<string> = new Set(["POST /api/rooms/:id/link"]);

/** A text that has the form of a credential; whether it works is another question. */
export function looksLikeCredential(text: string): boolean {
  return text.startsWith("p2.");
}

/** The credential behind a bearer text. Throws 401 where it does not work, and 403 where its kind is for other addresses. */
export async function verifyCredential(deps: AppDeps, text: string): Promise<CredentialView> {
  const credential = await deps.credentials.verify(text);
  if (!credential) throw new HttpProblemError(unauthorized);
  const detail = notForRooms[credential.kind];
  if (detail !== undefined) throw new HttpProblemError({ code: "forbidden", detail });
  return credential;
}

/** Whom a credential acts as in a room, as a room token says it. Throws 404 for every other room, and 403 where its scopes do not reach. */
export function stayOf(
  c: AppContext,
  { credential, roomId }: { credential: CredentialView; roomId: string },
): RoomToken {
  const isRoom = credential.rooms === undefined || credential.rooms.includes(roomId);
  const stay = isRoom ? credential.holder.find((one) => one.roomId === roomId) : undefined;
  if (!stay) throw new HttpProblemError(roomNotFound);
  const { method } = c.req;
  const isRead = method === "GET" || method === "HEAD";
  const address = `${method} ${routePath(c)}`;
  if (neverByCredential.has(address)) {
    const detail = "This takes the room's own token or cookie: what it gives would outlive your token.";
    throw new HttpProblemError({ code: "forbidden", detail });
  }
  const needed = isRead ? "read" : (scopeOfChange[address] ?? "manage");
  if (!credential.scopes.includes(needed)) {
    const detail = `This takes the scope ${needed}; your token has ${credential.scopes.join(", ")}.`;
    throw new HttpProblemError({ code: "forbidden", detail });
  }
  return { ...stay, expiresAtMs: credential.expiresAtMs ?? Number.POSITIVE_INFINITY };
}
