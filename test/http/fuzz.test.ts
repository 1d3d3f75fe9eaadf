import { describe, expect, test } from "vitest";
import { PortError } from "../../src/ports/port-error.js";
import type { Operation } from "../../src/protocol/operation.js";
import { type OperationId, operations } from "../../src/protocol/operations.js";
import { credentialLimits } from "../../src/runtime/access/credentials.js";
import { adminToken } from "./support/api.js";
import { aimedRequests, documentedStatuses, fuzz, operationIds, send } from "./support/fuzz.js";
import { addressOf, createWorld, happy, type World } from "./support/fuzz-world.js";

const successes: Readonly<Record<number, true>> = { 200: true, 201: true };

/** The answers to requests that aim at a status, up to the first one with it. */
async function answersTo(world: World, id: OperationId, status: number): Promise<number[]> {
  const usual = { token: world.room.owner, ...happy[id](world) };
  if (successes[status]) return [await send(world, id, usual)];
  // The same key once before, for the answer to a second request under it.
  if (id === "createRoom" && status === 409) await send(world, id, { ...usual, headers: { "Idempotency-Key": "one" } });
  if (id === "createToken" && status === 409)
    for (let count = 0; count < credentialLimits.perHolder; count++) await send(world, id, usual);
  const seen: number[] = [];
  for (const request of aimedRequests(world, id, status)) {
    if (seen.includes(status)) break;
    seen.push(await send(world, id, request));
  }
  return seen;
}

/** Sends the usual request. A stream stays open, as a viewer's does. */
async function sendAndKeep(world: World, id: OperationId): Promise<number> {
  const { parts, ...call } = { token: world.room.owner, ...happy[id](world) };
  const { method, path }: Operation = operations[id];
  return (await world.api.send(method, addressOf(path, world, parts), call)).status;
}

describe("every operation", () => {
  const needsMore = new Set(["429", "503"]);
  const aimed = documentedStatuses().filter((key) => !needsMore.has(key.split(" ")[1] ?? ""));

  test.each(operationIds)("%s answers with each status it documents", async (id) => {
    const refusing = await createWorld();
    for (const key of aimed.filter((one) => one.startsWith(`${id} `))) {
      const status = Number(key.split(" ")[1]);
      const world = successes[status] ? await createWorld() : refusing;
      expect(await answersTo(world, id, status), key).toContain(status);
    }
  });

  test("that documents 429 answers with it after ten failed codes", async () => {
    const world = await createWorld();
    const statuses: number[] = [];
    for (let tries = 0; tries < 11; tries++)
      statuses.push(await send(world, "joinRoom", { body: { code: `WRONG-${tries}`, name: "eve" } }));
    expect(statuses.at(-1)).toBe(429);
  });

  test("that documents 429 answers with it beyond its cap", async () => {
    const capped: OperationId[] = [
      "createRoom",
      "postMessage",
      "uploadFile",
      "createInvite",
      "followRoom",
      "followAgent",
    ];
    const documented = documentedStatuses().filter((key) => key.endsWith(" 429"));
    expect(documented.sort()).toEqual([...capped, "joinRoom"].map((id) => `${id} 429`).sort());
    for (const id of capped) {
      const streams = { perToken: 2 };
      const caps = {
        maxMessagesPerMinute: 3,
        maxRoomsPerHour: 4,
        maxInvitesPerHour: 3,
        streams,
        files: { maxUploadsPerHour: 3 },
      };
      const world = await createWorld({ caps });
      const statuses: number[] = [];
      for (let tries = 0; tries < 6; tries++) statuses.push(await sendAndKeep(world, id));
      expect([id, statuses.at(-1)]).toEqual([id, 429]);
    }
  });

  test("that documents 503 answers with it while the log can neither be written nor read", async () => {
    const unreached: string[] = [];
    const withFaults = documentedStatuses().filter((key) => key.endsWith(" 503"));
    for (const id of operationIds.filter((one) => withFaults.includes(`${one} 503`))) {
      const world = await createWorld();
      const request = { token: world.room.owner, ...happy[id](world) };
      world.api.eventLog.planFaults(() => "unavailable");
      const fail = async () => {
        throw new PortError("the log cannot be read", { code: "unavailable", retryable: true });
      };
      Object.assign(world.api.eventLog, { read: fail, head: fail });
      // A room that is not in memory has to be read from the log.
      const ofUnread = { ...request, token: adminToken, parts: { ...request.parts, id: "0000000000" } };
      const status = await send(world, id, operations[id].path.includes(":id") ? ofUnread : request);
      if (status !== 503) unreached.push(`${id}: ${status}`);
    }
    expect(unreached).toEqual([]);
    expect(withFaults.length).toBeGreaterThan(20);
  });

  test("is refused to the roles below those its document names, and not to the lowest it names", async () => {
    // A participant who leaves needs no right, a gated agent's stream is for those who decide, and only a closed room is purged.
    const others = new Set<OperationId>(["removePerson", "followAgent", "purgeRoom"]);
    const roles = ["viewer", "member", "approver", "owner"] as const;
    const refusing = await createWorld();
    const ranks = {
      read: 0,
      participant: 0,
      speak: 1,
      readHeld: 1,
      decide: 2,
      steer: 2,
      invite: 2,
      manageAgents: 2,
    } as const;
    for (const id of operationIds) {
      const { access, path }: Operation = operations[id];
      if (!path.includes(":id") || others.has(id)) continue;
      const from = access in ranks ? ranks[access as keyof typeof ranks] : 3;
      for (const role of roles.slice(0, from))
        expect(await send(refusing, id, { ...happy[id](refusing), token: refusing.room[role] }), `${id} ${role}`).toBe(
          403,
        );
      const world = await createWorld();
      const least = roles[from] ?? "owner";
      expect(await send(world, id, { ...happy[id](world), token: world.room[least] }), `${id} ${least}`).toBeLessThan(
        300,
      );
    }
  });
});

describe("requests made from the document", () => {
  test("get documented answers, never a 5xx", async () => {
    const seed = Math.floor(Math.random() * 2 ** 31);
    const reached = await fuzz({ seed, runs: 400 });
    const faults = [...reached.keys()].filter((key) => Number(key.split(" ")[1]) >= 500);
    expect(faults, `seed ${seed}`).toEqual([]);
    expect(reached.size, `seed ${seed}`).toBeGreaterThan(60);
  }, 60_000);
});
