import type { Rejection } from "../../core/room/rejection.js";
import type { CredentialScope } from "../../core/values/credential-scope.js";
import { base32 } from "../../core/values/invite-code.js";
import type { Ids } from "../../ports/ids.js";
import { type AccessLogOptions, createAccessLog } from "./access-log.js";
import {
  type AccessActor,
  type AccessState,
  type Credential,
  type CredentialKind,
  credentialKinds,
  dropExpired,
  isExpired,
  type Stay,
} from "./credential-state.js";
import { sameSecret } from "./secrets.js";

/** A credential as it is asked for. */
export interface IssueRequest {
  kind: CredentialKind;
  /** Whom it acts as: one stay in each room. */
  holder: readonly Stay[];
  scopes: readonly CredentialScope[];
  /** Default: every room of its holder. */
  rooms?: readonly string[];
  label?: string;
  /** Unix ms; absent: it does not expire. */
  expiresAtMs?: number;
  by: AccessActor;
}

/** A credential as it may be shown: without the hash of its secret. */
export type CredentialView = Omit<Credential, "hash">;

/** A new credential; `token` is shown this once and is not stored. */
export type Issued =
  /** `token` is the whole `p2.<kind>.<id>.<secret>`; it exists only here. */
  { kind: "issued"; token: string; credential: CredentialView } | { kind: "rejected"; rejection: Rejection };

/** Whose credentials: those made by or acting as a participant of a room, or without a name those of the whole room. */
export interface RoomAndName {
  roomId: string;
  name?: string;
}

/**
 * Credentials `p2.<kind>.<id>.<secret>`, listed, scoped, expiring and revocable. All functions reject with a `PortError` when the log
 * cannot be read or written: nothing is let in on old knowledge. A revoked credential stops working at every process within
 * `credentialCacheMs` plus one read of the log, at the process that revoked it at once.
 */
export interface Credentials {
  /** Durable when it resolves. Rejected with `limit_reached` beyond `credentialLimits`. */
  issue(request: IssueRequest): Promise<Issued>;
  /** Undefined for every text that does not work: malformed, unknown, wrong secret, expired, revoked. Takes the same time for a wrong secret and a right one. */
  verify(token: string): Promise<CredentialView | undefined>;
  /** Whether a verified credential still works; asked while a stream of its holder is open. */
  isLive(id: string): Promise<boolean>;
  /** Those that work now, oldest first. */
  list(): Promise<CredentialView[]>;
  /** False if there is no such working credential. */
  revoke(id: string, options: { by: AccessActor; reason?: string }): Promise<boolean>;
  /** Ends them in one commit; returns their number. */
  revokeAllMadeBy(maker: RoomAndName, options: { by: AccessActor; reason?: string }): Promise<number>;
}

/** Age, ms, up to which what is known of the stream `access` is good enough to let a known credential in. */
export const credentialCacheMs = 500;
/** Most live credentials of one participant of a room, and of an installation. The limits bound the memory of the state. */
export const credentialLimits = { perHolder: 50, total: 10_000 } as const;
/** A use is noted at most once in this time for each credential. */
const usedEveryMs = 3_600_000;
const idChars = 16;
const secretBytes = 32;

/** Issues, verifies, lists and revokes credentials on the stream `access`. */
export function createCredentials(options: AccessLogOptions & { sha256: (text: string) => string }): Credentials {
  const { clock, ids, sha256 } = options;
  const log = createAccessLog(options);
  const { credentials } = log.state;
  const noting = new Set<string>();
  /** Compared with where there is no such credential, so that a wrong id takes what a wrong secret takes. */
  const noHash = sha256("no credential");

  function live(id: string): Credential | undefined {
    const known = credentials.get(id);
    return known && !isExpired(known, clock.nowMs()) ? known : undefined;
  }

  /** A use that could not be noted costs a date and nothing else. */
  function noteUse(id: string): void {
    if (noting.has(id)) return;
    noting.add(id);
    const at = clock.nowMs();
    log
      .append(() => (isUseDue(live(id), at) ? [{ type: "credential.used", id, at }] : []))
      .catch(() => {})
      .finally(() => noting.delete(id));
  }

  async function revokeWhere(
    isMeant: (credential: Credential) => boolean,
    { by, reason }: { by: AccessActor; reason?: string },
  ): Promise<number> {
    let count = 0;
    await log.append((state) => {
      dropExpired(state, clock.nowMs());
      const meant = [...state.credentials.values()].filter(isMeant);
      count = meant.length;
      return meant.map(({ id }) => ({ type: "credential.revoked", id, by, ...(reason !== undefined && { reason }) }));
    });
    return count;
  }

  return {
    async issue(request) {
      const { id, secret } = newSecret(ids);
      const { expiresAtMs, ...kept } = request;
      let rejection: Rejection | undefined;
      await log.append((state) => {
        dropExpired(state, clock.nowMs());
        rejection = rejectionIfTooMany(state, request);
        if (rejection) return [];
        const expires = expiresAtMs === undefined ? {} : { expiresAt: expiresAtMs };
        return [{ type: "credential.issued", ...kept, id, hash: sha256(secret), ...expires }];
      });
      const credential = credentials.get(id);
      if (rejection) return { kind: "rejected", rejection };
      if (!credential)
        return { kind: "rejected", rejection: { code: "limit_reached", detail: "it has expired already" } };
      return { kind: "issued", token: `p2.${request.kind}.${id}.${secret}`, credential: viewOf(credential) };
    },
    async verify(token) {
      const parsed = parseCredential(token);
      if (!parsed) return undefined;
      await log.refresh(credentialCacheMs);
      // It may have been issued by another process a moment ago.
      if (!live(parsed.id)) await log.refresh(0);
      const known = live(parsed.id);
      const isRight = sameSecret(sha256(parsed.secret), known?.hash ?? noHash);
      if (!known || !isRight || known.kind !== parsed.kind) return undefined;
      if (isUseDue(known, clock.nowMs())) noteUse(known.id);
      return viewOf(known);
    },
    async isLive(id) {
      await log.refresh(credentialCacheMs);
      return live(id) !== undefined;
    },
    async list() {
      await log.refresh(0);
      dropExpired(log.state, clock.nowMs());
      return [...credentials.values()].map(viewOf);
    },
    revoke: async (id, given) => (await revokeWhere((credential) => credential.id === id, given)) > 0,
    revokeAllMadeBy: (maker, given) => revokeWhere((credential) => isOf(credential, maker), given),
  };
}

/** The parts of `p2.<kind>.<id>.<secret>`; undefined for any other text. */
export function parseCredential(text: string): { kind: CredentialKind; id: string; secret: string } | undefined {
  const [, kind, id, secret] = /^p2\.([a-z-]{1,20})\.([0-9a-z]{16})\.([A-Za-z0-9_-]{43})$/.exec(text) ?? [];
  const known = credentialKinds.find((one) => one === kind);
  return known && id !== undefined && secret !== undefined ? { kind: known, id, secret } : undefined;
}

/** 80 random bits of id, 256 of secret. */
function newSecret(ids: Ids): { id: string; secret: string } {
  return {
    id: base32(ids.bytes(idChars), idChars),
    secret: Buffer.from(ids.bytes(secretBytes)).toString("base64url"),
  };
}

function viewOf({ hash: _hash, ...view }: Credential): CredentialView {
  return view;
}

function isUseDue(credential: Credential | undefined, nowMs: number): boolean {
  if (!credential) return false;
  return credential.lastUsedAtMs === undefined || nowMs - credential.lastUsedAtMs >= usedEveryMs;
}

function isOf({ by, holder }: Pick<Credential, "by" | "holder">, { roomId, name }: RoomAndName): boolean {
  const isMeant = (one: { roomId?: string; name: string }) =>
    one.roomId === roomId && (name === undefined || one.name === name);
  return isMeant(by) || holder.some(isMeant);
}

function rejectionIfTooMany({ credentials }: AccessState, { holder }: IssueRequest): Rejection | undefined {
  if (credentials.size >= credentialLimits.total) {
    return { code: "limit_reached", detail: `Parley keeps at most ${credentialLimits.total} credentials; revoke some` };
  }
  const all = [...credentials.values()];
  for (const { roomId, name } of holder) {
    const held = all.filter((one) => one.holder.some((stay) => stay.roomId === roomId && stay.name === name));
    if (held.length < credentialLimits.perHolder) continue;
    const detail = `${name} has ${held.length} credentials, the most there may be; revoke one first`;
    return { code: "limit_reached", detail };
  }
  return undefined;
}
