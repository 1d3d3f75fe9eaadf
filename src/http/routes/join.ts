import type { Hono } from "hono";
import type { z } from "zod";
import type { PersonRole } from "../../core/room/event.js";
import { presentParticipant } from "../../core/room/room.js";
import { plainQuery } from "../../protocol/fields.js";
import { type Joined, joinBody, joined as joinedAnswer } from "../../protocol/people.js";
import { nameAnswer, namesQuery } from "../../protocol/tokens.js";
import { roomTokenSeconds } from "../../runtime/access/tokens.js";
import { nameFrom } from "../../runtime/access/transliterate.js";
import { answer } from "../answer.js";
import { clientAddress } from "../client-address.js";
import type { AppContext, AppDeps, AppEnv } from "../deps.js";
import { isOwnOrigin } from "../entrance.js";
import { readBody, readQuery } from "../input.js";
import { type HttpProblem, HttpProblemError, invalidRequest, rejected } from "../problem.js";
import { giveCookie } from "./people.js";

/** FAILED codes an address may send in a minute. */
const failedCodes = { limit: 10, windowMs: 60_000 };

/** Whatever is wrong with a code, and whether or not its room exists: one and the same. */
const codeDoesNotWork: HttpProblem = {
  code: "invite_invalid",
  detail:
    "This code does not open a room: it may be mistyped, expired, used up or revoked. Ask for a new one; on the machine of this Parley, parley open <room> prints a link for you.",
};

export function joinRoutes(app: Hono<AppEnv>, deps: AppDeps): void {
  const oneByOne = createQueues();

  app.post("/api/join", async (c) => {
    refuseOtherSite(c, deps);
    readQuery(c, plainQuery);
    const body = await readBody(c, joinBody);
    const address = clientAddress(c, deps.trustProxyHops);
    // One at a time an address, so that many tries at once are no way around the count.
    const joined = await oneByOne.run(address, () => joinCounted(c, deps, { body, address }));
    giveCookie(c, deps, { roomId: joined.roomId, token: joined.token, seconds: roomTokenSeconds });
    return answer(c, joinedAnswer, joined);
  });

  // Asked by a form while somebody types: pages hold no table of scripts. It says nothing about any room, so it takes no token.
  app.get("/api/names", (c) => answer(c, nameAnswer, { name: nameFrom(readQuery(c, namesQuery).from) }));
}

/** Prevents another site's page from joining a visitor to a room. */
function refuseOtherSite(c: AppContext, deps: AppDeps): void {
  if (c.req.header("Origin") === undefined || isOwnOrigin(c, deps)) return;
  throw new HttpProblemError({ code: "wrong_origin", detail: "Join from Parley's own page, or without an Origin." });
}

type JoinRequest = z.infer<typeof joinBody>;

async function joinCounted(
  c: AppContext,
  deps: AppDeps,
  { body, address }: { body: JoinRequest; address: string },
): Promise<Joined> {
  const key = `join/${address}`;
  // A code that works is never refused for what others behind the same address tried: 80 random bits are not found by trying.
  const joined = (await joinOnce(deps, body)) ?? (await joinWithInvite(c, deps, body));
  if (joined === "wrong-code") {
    const counted = await deps.limits.take(key, failedCodes);
    throw counted.ok ? new HttpProblemError(codeDoesNotWork) : tooManyTries(counted.retryAfterMs);
  }
  return joined;
}

function tooManyTries(retryAfterMs: number): HttpProblemError {
  const retryAfterSeconds = Math.max(1, Math.ceil(retryAfterMs / 1_000));
  const detail = `Too many codes from your address did not work. Try again in ${retryAfterSeconds} s.`;
  return new HttpProblemError({ code: "rate_limited", detail, retryAfterSeconds });
}

/** The code of start-up: lets its holder in as somebody who is in the room already. */
async function joinOnce(deps: AppDeps, { code }: JoinRequest): Promise<Joined | undefined> {
  const entry = await deps.oneTimeCodes.redeem(code);
  if (!entry) return undefined;
  const { roomId, name, joinedVersion } = entry;
  const person = await deps.rooms.read(roomId, (room) => {
    const found = presentParticipant(room, name);
    const isSameStay = found?.kind === "human" && found.joinedVersion === joinedVersion;
    return isSameStay ? { role: found.role } : undefined;
  });
  if (!person) throw new HttpProblemError(codeDoesNotWork);
  const token = deps.tokens.issue({ roomId, name, joinedVersion });
  return { roomId, name, role: person.role, token };
}

async function joinWithInvite(
  c: AppContext,
  deps: AppDeps,
  { code, name: given, displayName }: JoinRequest,
): Promise<Joined | "wrong-code"> {
  const invite = deps.invites.read(code);
  if (!invite) return "wrong-code";
  const name = given ?? (displayName === undefined ? undefined : nameFrom(displayName));
  if (name === undefined) throw invalidRequest([{ path: ["name"], message: "under which name do you join?" }]);
  const { roomId, hash } = invite;
  const executed = await deps.rooms.execute(
    roomId,
    { type: "person.join", inviteHash: hash, name, ...(displayName !== undefined && { displayName }) },
    { cause: c.get("requestId") },
  );
  if (executed.kind === "rejected") {
    const { rejection } = executed;
    if (["invite_invalid", "room_not_found", "room_closed"].includes(rejection.code)) return "wrong-code";
    throw rejected(rejection);
  }
  const joined = executed.kind === "accepted" && executed.events.find((event) => event.type === "participant.joined");
  if (!joined) return "wrong-code";
  const token = deps.tokens.issue({ roomId, name: joined.name, joinedVersion: executed.version });
  // A person's role in the event is always one of a person's.
  return { roomId, name: joined.name, role: joined.role as PersonRole, token };
}

/** Runs tasks of the same key one after another. */
function createQueues(): { run<T>(key: string, work: () => Promise<T>): Promise<T> } {
  const last = new Map<string, Promise<unknown>>();
  return {
    run(key, work) {
      const before = last.get(key) ?? Promise.resolve();
      const result = before.then(work, work);
      const settled = result.catch(() => {}).finally(() => last.get(key) === settled && last.delete(key));
      last.set(key, settled);
      return result;
    },
  };
}
