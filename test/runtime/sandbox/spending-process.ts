import { setImmediate } from "node:timers/promises";
import { createMemoryEventLog } from "../../../adapters/memory/event-log.js";
import { createMemoryLogger } from "../../../adapters/memory/logger.js";
import { createMemoryReservations } from "../../../adapters/memory/reservations.js";
import type { Policy } from "../../../src/core/room/policy.js";
import type { InstallationLimits } from "../../../src/core/values/installation-spending.js";
import type { Clock } from "../../../src/ports/clock.js";
import type { EventLog } from "../../../src/ports/event-log.js";
import type { Reservations } from "../../../src/ports/reservations.js";
import { createSpending } from "../../../src/runtime/sandbox/spending.js";
import { assembleMemoryRooms } from "../../support/memory-parts.js";

/** An hour before a day and a month end. */
export const evening = Date.UTC(2026, 4, 30, 23);
const noLimits: InstallationLimits = { installation: {}, person: {} };
/** Of a call that costs so many US dollars. */
export const usage = (usd: number) => ({
  model: "m",
  inputTokens: 0,
  outputTokens: 10,
  cacheReadTokens: 0,
  cacheWriteTokens: 0,
  usd,
});

interface Given {
  eventLog?: EventLog;
  reservations?: Reservations;
  limits?: InstallationLimits;
  isShared?: boolean;
  name?: string;
}

/** One process; what `eventLog` holds is there after a restart. */
export function openProcess(clock: Clock, given: Given = {}) {
  const { eventLog = createMemoryEventLog(), limits = noLimits, isShared = false, name = "one" } = given;
  const { reservations = createMemoryReservations() } = given;
  const logger = createMemoryLogger();
  const parts = assembleMemoryRooms({
    eventLog,
    node: name,
    onlyNode: !isShared,
    logger,
    clock,
    spendingLimits: limits,
  });
  let calls = 0;
  const newId = () => {
    calls += 1;
    return `${name}-${calls}`;
  };
  const { rooms, ledger } = parts;
  const spending = createSpending({ rooms, ledger, limits, reservations, newId, isShared, clock, logger });
  return { ...parts, spending, eventLog };
}

export type Process = ReturnType<typeof openProcess>;

export async function makeRoom({ rooms }: Process, roomId: string, { owner = "mia", policy = {} as Policy } = {}) {
  await rooms.execute(roomId, {
    type: "room.create",
    by: { kind: "admin" },
    name: roomId,
    owner,
    agents: ["coder", "tester"].map((name) => ({ name, role: "agent", runtime: "function" })),
    policy,
    invites: [],
  });
}

export const reserve = ({ spending }: Process, roomId: string, { usd = 1, name = "coder" } = {}) =>
  spending.reserve({ roomId, name }, { estimate: usage(usd), signal: new AbortController().signal });

/** A call that may cost `usd` and does. Gives why it was refused. */
export async function call(process: Process, roomId: string, { usd = 1 } = {}): Promise<string> {
  const reservation = await reserve(process, roomId, { usd });
  if (typeof reservation === "string") return reservation;
  await reservation.settle(usage(usd));
  await endOfTurn();
  return "sent";
}

/** Appends to a log in memory end in the same turn of the event loop, or in the next one. */
export async function endOfTurn(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await setImmediate();
}
