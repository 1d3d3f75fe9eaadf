import { expect, test } from "vitest";
import type { Policy } from "../../../src/core/room/policy.js";
import type { EventLog } from "../../../src/ports/event-log.js";
import { PortError } from "../../../src/ports/port-error.js";
import { createApi } from "../../http/support/api.js";

type Append = EventLog["append"];

/** An API whose list of rooms is written through `change`. */
async function apiWithRegistry(change: (append: Append, attempt: number) => Append) {
  const api = await createApi();
  const append = api.eventLog.append.bind(api.eventLog);
  let attempt = 0;
  api.eventLog.append = (stream, commits) => {
    if (stream !== "rooms") return append(stream, commits);
    attempt += 1;
    return change(append, attempt)(stream, commits);
  };
  return api;
}

async function registeredRooms({ eventLog }: Awaited<ReturnType<typeof createApi>>): Promise<unknown[]> {
  const entries = await eventLog.read("rooms");
  const events = entries.flatMap((entry) => (entry.kind === "commit" ? entry.commit.events : []));
  return events.filter(({ type }) => type === "room.registered");
}

const noAnswer = () => new PortError("no answer", { code: "timeout", retryable: true });

test("a room is registered once when the answer of the list of rooms is lost", async () => {
  const api = await apiWithRegistry((append, attempt) => async (stream, commits) => {
    const result = await append(stream, commits);
    if (attempt === 1) throw noAnswer();
    return result;
  });
  expect(await api.deps.makeRoom({ name: "hello" }, { by: { kind: "admin" } })).toMatchObject({ kind: "created" });
  expect(await registeredRooms(api)).toHaveLength(1);
});

test("a room is registered when others write to the list of rooms first, 25 times", async () => {
  const api = await apiWithRegistry((append, attempt) => async (stream, commits) => {
    const [commit] = commits;
    if (attempt <= 25 && commit) await append(stream, [{ ...commit, id: `other-${attempt}`, events: [{ type: "x" }] }]);
    return append(stream, commits);
  });
  expect(await api.deps.makeRoom({ name: "hello" }, { by: { kind: "admin" } })).toMatchObject({ kind: "created" });
  expect(await registeredRooms(api)).toHaveLength(1);
});

test("a room has the default budget unless its maker names another, or none", async () => {
  const api = await createApi({ defaultBudgetUsd: 25 });
  const budgetOf = async (policy?: Policy) => {
    const made = await api.deps.makeRoom({ name: "hello", policy }, { by: { kind: "admin" } });
    if (made.kind === "rejected") throw new Error(made.rejection.detail);
    return api.deps.rooms.read(made.roomId, (room) => room.policy.budget);
  };
  expect(await budgetOf()).toEqual({ usd: 25 });
  expect(await budgetOf({ gate: "first" })).toEqual({ usd: 25 });
  expect(await budgetOf({ budget: { tokens: 10 } })).toEqual({ tokens: 10 });
  expect(await budgetOf({ budget: {} })).toEqual({});
});
