import type { Commit } from "../../core/room/commit.js";
import { advance, type FoldPlace } from "../../core/room/fold.js";
import { type CredentialScope, credentialScopes } from "../../core/values/credential-scope.js";

/** The use of a credential: an agent outside a sandbox, a hook, a linked machine, a program of a participant, a person over rooms. */
export const credentialKinds = ["room-agent", "hook", "link", "api", "person"] as const;
/** Purpose of a credential; its kind decides which routes take it. */
export type CredentialKind = (typeof credentialKinds)[number];

/** One stay of a participant in a room. When it ends, so does what acts as that participant there. */
export interface Stay {
  roomId: string;
  name: string;
  /** Version of the room the participant joined with. */
  joinedVersion: number;
}

/** The creator or revoker of a credential: a participant of a room, or without `roomId` the admin or Parley. */
export interface AccessActor {
  name: string;
  roomId?: string;
}

/** Stored facts of a credential. Times are Unix milliseconds. */
export interface Credential {
  id: string;
  kind: CredentialKind;
  /** SHA-256 of the secret, hex. The secret itself is kept nowhere. */
  hash: string;
  /** Whom it acts as. */
  holder: readonly Stay[];
  scopes: readonly CredentialScope[];
  /** Rooms it is good for; absent: all of its holder's. */
  rooms?: readonly string[];
  /** A person's label for it. */
  label?: string;
  by: AccessActor;
  issuedAtMs: number;
  /** Absent: it does not expire. */
  expiresAtMs?: number;
  /** To the hour. */
  lastUsedAtMs?: number;
}

/** Events of the stream `access`. `expiresAt` and `at` are Unix milliseconds. */
export type AccessEvent =
  | ({ type: "credential.issued"; expiresAt?: number } & Omit<
      Credential,
      "issuedAtMs" | "expiresAtMs" | "lastUsedAtMs"
    >)
  | { type: "credential.used"; id: string; at: number }
  | { type: "credential.revoked"; id: string; by: AccessActor; reason?: string };

/** Every credential that is neither revoked nor dropped as expired, and how far the stream is read. */
export interface AccessState extends FoldPlace {
  credentials: Map<string, Credential>;
}

/** The state before the first credential. */
export function emptyAccess(): AccessState {
  return { version: 0, commitId: "", holes: 0, voided: [], credentials: new Map() };
}

/** Applies a commit in place if it counts on top of the state. Events of other types change nothing. */
export function applyAccessCommit(state: AccessState, commit: Commit): void {
  advance(state, commit, () => {
    for (const event of commit.events) if (isAccessEvent(event)) applyAccessEvent(state, event, commit.at);
  });
}

function applyAccessEvent({ credentials }: AccessState, event: AccessEvent, at: number): void {
  if (event.type === "credential.revoked") {
    credentials.delete(event.id);
    return;
  }
  if (event.type === "credential.issued") {
    const { type: _type, expiresAt, ...kept } = event;
    const expires = expiresAt === undefined ? {} : { expiresAtMs: expiresAt };
    credentials.set(event.id, { ...kept, issuedAtMs: at, ...expires });
    return;
  }
  const credential = credentials.get(event.id);
  if (credential) credentials.set(event.id, { ...credential, lastUsedAtMs: event.at });
}

/** Forgets what has expired, in place: it never works again. */
export function dropExpired({ credentials }: AccessState, nowMs: number): void {
  for (const credential of credentials.values()) if (isExpired(credential, nowMs)) credentials.delete(credential.id);
}

/** Whether the credential’s time is over. */
export function isExpired({ expiresAtMs }: Credential, nowMs: number): boolean {
  return expiresAtMs !== undefined && expiresAtMs <= nowMs;
}

/** Only what this version can read whole counts: an event in another form opens nothing. */
function isAccessEvent(event: { type: string }): event is AccessEvent {
  const { id } = event as { id?: unknown };
  if (typeof id !== "string") return false;
  if (event.type === "credential.revoked") return true;
  if (event.type === "credential.used") return typeof (event as { at?: unknown }).at === "number";
  return event.type === "credential.issued" && isIssued(event);
}

function isIssued(event: object): boolean {
  const { kind, hash, holder, scopes, rooms, label, by, expiresAt } = event as Record<string, unknown>;
  return (
    isOneOf(credentialKinds, kind) &&
    typeof hash === "string" &&
    Array.isArray(holder) &&
    holder.every(isStay) &&
    Array.isArray(scopes) &&
    scopes.every((scope) => isOneOf(credentialScopes, scope)) &&
    (rooms === undefined || (Array.isArray(rooms) && rooms.every((room) => typeof room === "string"))) &&
    (label === undefined || typeof label === "string") &&
    typeof by === "object" &&
    by !== null &&
    "name" in by &&
    (expiresAt === undefined || typeof expiresAt === "number")
  );
}

function isStay(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  const { roomId, name, joinedVersion } = value as Record<string, unknown>;
  return typeof roomId === "string" && typeof name === "string" && typeof joinedVersion === "number";
}

function isOneOf(values: readonly string[], value: unknown): boolean {
  return typeof value === "string" && values.includes(value);
}
