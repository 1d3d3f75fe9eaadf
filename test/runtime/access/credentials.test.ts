import { describe, expect, test } from "vitest";
import { createManualClock } from "../../../adapters/memory/clock.js";
import { createMemoryEventLog } from "../../../adapters/memory/event-log.js";
import { createSeededIds } from "../../../adapters/memory/ids.js";
import type { EventLog } from "../../../src/ports/event-log.js";
import { PortError } from "../../../src/ports/port-error.js";
import { createCredentials, credentialLimits, type IssueRequest } from "../../../src/runtime/access/credentials.js";
import { sha256 } from "../../support/sha256.js";

const startMs = 1_700_000_000_000;
const hourMs = 3_600_000;
const by = { name: "mia", roomId: "room1" };
const stay = { roomId: "room1", name: "mia", joinedVersion: 1 };

function installation({ log = createMemoryEventLog() }: { log?: EventLog } = {}) {
  const clock = createManualClock(startMs);
  let seed = 0;
  /** One process more over the same log. */
  const process = (eventLog: EventLog = log) => {
    seed += 1;
    return createCredentials({ eventLog, clock, ids: createSeededIds(seed), sha256 });
  };
  const events = async () => {
    const entries = await log.read("access");
    return entries.flatMap((entry) => (entry.kind === "commit" ? entry.commit.events : []));
  };
  return { log, clock, process, events };
}

const request = (more: Partial<IssueRequest> = {}): IssueRequest => ({
  kind: "api",
  holder: [stay],
  scopes: ["read"],
  by,
  ...more,
});

async function issue(credentials: ReturnType<typeof createCredentials>, more: Partial<IssueRequest> = {}) {
  const issued = await credentials.issue(request(more));
  if (issued.kind !== "issued") throw new Error(issued.rejection.detail);
  return issued;
}

/** Lets background promises continue. */
const settle = () => new Promise((resolve) => setImmediate(resolve));

describe("a credential", () => {
  test("opens as what it was issued for, at every process and after a restart", async () => {
    const { process } = installation();
    const [one, other] = [process(), process()];
    const { token, credential } = await issue(one, { scopes: ["read", "post"], rooms: ["room1"], label: "ci" });
    expect(token).toMatch(/^p2\.api\.[0-9a-z]{16}\.[A-Za-z0-9_-]{43}$/);
    const expected = { id: credential.id, kind: "api", holder: [stay], scopes: ["read", "post"], rooms: ["room1"], by };
    for (const credentials of [one, other, process()]) {
      expect(await credentials.verify(token)).toMatchObject({ ...expected, label: "ci" });
    }
  });

  test("is kept as a hash, and never listed with it", async () => {
    const { process, events, log } = installation();
    const credentials = process();
    const { token } = await issue(credentials);
    const secret = token.split(".")[3] ?? "";
    const [issued] = await events();
    expect(issued).toMatchObject({ type: "credential.issued", hash: sha256(secret) });
    expect(JSON.stringify(await log.read("access"))).not.toContain(secret);
    const listed = JSON.stringify(await credentials.list());
    expect(listed).not.toContain(secret);
    expect(listed).not.toContain(sha256(secret));
  });

  test("gets one and the same answer when it is malformed, unknown, wrong, expired or revoked", async () => {
    const { process, clock } = installation();
    const credentials = process();
    const { token } = await issue(credentials);
    const [, , id = "", secret = ""] = token.split(".");
    const expiring = await issue(credentials, { expiresAtMs: startMs + 1_000 });
    const revoked = await issue(credentials);
    expect(await credentials.revoke(revoked.credential.id, { by })).toBe(true);
    expect(await credentials.verify(expiring.token)).toBeDefined();
    clock.advance(1_000);
    const wrong = [
      `p2.api.${"0".repeat(16)}.${secret}`,
      `p2.api.${id}.${"A".repeat(43)}`,
      `p2.person.${id}.${secret}`,
      `p2.other.${id}.${secret}`,
      `${token}x`,
      ` ${token}`,
      "p2.api",
      "",
      expiring.token,
      revoked.token,
    ];
    for (const text of wrong) expect(await credentials.verify(text)).toBeUndefined();
    expect(await credentials.verify(token)).toBeDefined();
    expect((await credentials.list()).map((one) => one.id)).toEqual([id]);
  });

  test("stops at the process that revokes it at once, and at every other within a second", async () => {
    const { process, clock } = installation();
    const [one, other] = [process(), process()];
    const { token, credential } = await issue(one);
    expect(await other.verify(token)).toBeDefined();
    await one.revoke(credential.id, { by, reason: "lost" });
    expect(await one.verify(token)).toBeUndefined();
    clock.advance(999);
    expect(await other.verify(token)).toBeUndefined();
    expect(await other.isLive(credential.id)).toBe(false);
    expect(await other.revoke(credential.id, { by })).toBe(false);
  });

  test("is not let in on old knowledge when the log cannot be read", async () => {
    const { process, log, clock } = installation();
    let isDown = false;
    const down = () => new PortError("away", { code: "unavailable", retryable: true });
    const flaky: EventLog = { ...log, head: (stream) => (isDown ? Promise.reject(down()) : log.head(stream)) };
    const credentials = process(flaky);
    const { token } = await issue(credentials);
    expect(await credentials.verify(token)).toBeDefined();
    isDown = true;
    clock.advance(501);
    await expect(credentials.verify(token)).rejects.toThrow("away");
    isDown = false;
    expect(await credentials.verify(token)).toBeDefined();
  });

  test("has its use noted at most once an hour, over all processes", async () => {
    const { process, clock, events } = installation();
    const [one, other] = [process(), process()];
    const { token } = await issue(one);
    const uses = async () => (await events()).filter(({ type }) => type === "credential.used").length;
    await Promise.all([one.verify(token), one.verify(token), other.verify(token)]);
    clock.advance(100);
    await settle();
    expect(await uses()).toBe(1);
    clock.advance(hourMs - 101);
    await one.verify(token);
    await settle();
    expect(await uses()).toBe(1);
    clock.advance(101);
    await one.verify(token);
    await settle();
    expect(await uses()).toBe(2);
    expect((await other.list())[0]?.lastUsedAtMs).toBe(startMs + hourMs + 100);
  });

  test("is limited in number per participant, and a revoked one makes room", async () => {
    const { process } = installation();
    const credentials = process();
    const first = await issue(credentials);
    for (let count = 1; count < credentialLimits.perHolder; count++) await issue(credentials);
    expect(await credentials.issue(request())).toMatchObject({
      kind: "rejected",
      rejection: { code: "limit_reached" },
    });
    await issue(credentials, { holder: [{ ...stay, name: "tom" }] });
    await credentials.revoke(first.credential.id, { by });
    await issue(credentials);
  });
});

describe("everything of a participant", () => {
  test("ends together, and nothing else does", async () => {
    const { process } = installation();
    const credentials = process();
    const tom = { name: "tom", roomId: "room1" };
    const mine = await issue(credentials);
    const madeByMe = await issue(credentials, { holder: [{ ...stay, name: "tom" }] });
    const asMe = await issue(credentials, { by: { name: "admin" } });
    const others = await issue(credentials, { by: tom, holder: [{ ...stay, name: "tom" }] });
    const elsewhere = await issue(credentials, {
      by: { name: "mia", roomId: "room2" },
      holder: [{ ...stay, roomId: "room2" }],
    });
    expect(await credentials.revokeAllMadeBy({ roomId: "room1", name: "mia" }, { by: { name: "admin" } })).toBe(3);
    for (const { token } of [mine, madeByMe, asMe]) expect(await credentials.verify(token)).toBeUndefined();
    for (const { token } of [others, elsewhere]) expect(await credentials.verify(token)).toBeDefined();
    expect(await credentials.revokeAllMadeBy({ roomId: "room1" }, { by: { name: "admin" } })).toBe(1);
    expect(await credentials.verify(elsewhere.token)).toBeDefined();
  });
});

describe("the stream access", () => {
  test("takes writes of two processes at once, and loses none", async () => {
    const { process, clock } = installation();
    const [one, other] = [process(), process()];
    const pauses = setInterval(() => clock.advance(1), 1);
    const tokens = await Promise.all(Array.from({ length: 10 }, (_, n) => issue(n % 2 === 0 ? one : other)));
    clearInterval(pauses);
    for (const { token } of tokens) {
      expect(await one.verify(token)).toBeDefined();
      expect(await other.verify(token)).toBeDefined();
    }
  });

  test("skips unknown entries, and a commit with the wrong parent", async () => {
    const { log, process } = installation();
    const issued = {
      type: "credential.issued",
      id: "0".repeat(16),
      kind: "later-kind",
      hash: "h",
      holder: [],
      scopes: [],
    };
    const unknown: { type: string } & Record<string, unknown> = { type: "credential.renamed", id: "x" };
    await log.append("access", [
      { id: "c1", version: 1, parent: "", at: startMs, by: "parley", events: [issued, unknown] },
    ]);
    const credentials = process();
    const { token } = await issue(credentials);
    expect((await credentials.list()).length).toBe(1);
    // A store that forgot its guard holds a second commit of a version that is taken.
    const entries = await log.read("access");
    const stale = { id: "stale", version: 3, parent: "c1", at: startMs, by: "parley" };
    const [, , id] = token.split(".");
    const revoked: { type: string } & Record<string, unknown> = { type: "credential.revoked", id, by };
    const events = [revoked];
    const forgetful: EventLog = {
      ...log,
      head: async () => ({ version: 3, id: "stale" }),
      read: async (_stream, { after = 0 } = {}) =>
        [...entries, { kind: "commit" as const, version: 3, commit: { ...stale, events } }].filter(
          (entry) => (entry.version ?? 0) > after,
        ),
    };
    expect(await process(forgetful).verify(token)).toBeDefined();
  });
});
