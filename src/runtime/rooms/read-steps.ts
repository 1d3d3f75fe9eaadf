import type { PersonRole } from "../../core/room/event.js";
import { isAfter } from "../../core/room/position.js";
import type { PlacedStep } from "../../core/room/step.js";
import { stepFor, stepStanding } from "../../core/room/step-rights.js";
import type { TurnRecord } from "../../core/room/turn-record.js";
import type { Blobs } from "../../ports/blobs.js";
import type { Clock } from "../../ports/clock.js";
import type { EventLog } from "../../ports/event-log.js";
import { formatPosition, type LogPosition, logStart, parsePosition } from "./log-position.js";
import type { RoomService } from "./service.js";
import type { TurnIndex } from "./turn-index.js";
import { placedStep, readTurnJournal } from "./turn-journal.js";
import type { TurnTaking } from "./turn-taking.js";

/** A turn as one reader may see it. `isReadable`: its steps may be read, as far as is known without reading them. */
export type TurnSummary = TurnRecord & { isReadable: boolean };

/** A page of the turns of an agent, newest first. `next`: the `before` of the next page. */
export interface TurnPage {
  turns: TurnSummary[];
  next?: string;
}

/** A page of a turn's steps in their order. `next`: the `after` of the next page; absent: the turn is over and this is its end. */
export interface StepPage {
  turn: TurnSummary;
  steps: PlacedStep[];
  next?: string;
}

/** Why steps cannot be read. `withheld`: they are for those who decide. */
export type StepsRefused = { kind: "no turn" } | { kind: "withheld" };

/** Reads what agents did in their turns, for people with a role. All reject with a `PortError` when the log cannot be read. */
export interface TurnReader {
  /** Turns of an agent before the turn `before`, at most `limit`. */
  list(request: {
    roomId: string;
    agent: string;
    role: PersonRole;
    before?: string | undefined;
    limit: number;
  }): Promise<TurnPage>;
  /** Steps of a turn behind `after`, of about `maxBytes` in all. */
  steps(request: StepsRequest): Promise<({ kind: "page" } & StepPage) | StepsRefused>;
  /** All that the tool `stepId` of a turn gave back, where that was stored; `no turn` also where it was not. */
  result(request: Omit<StepsRequest, "after" | "maxBytes"> & { stepId: string }): Promise<StoredResult | StepsRefused>;
}

/** Which steps are asked for, and the reader's role. */
export interface StepsRequest {
  roomId: string;
  turnId: string;
  role: PersonRole;
  after?: LogPosition | undefined;
  maxBytes: number;
}

/** The whole result of a tool. */
export interface StoredResult {
  kind: "result";
  bytes: AsyncIterable<Uint8Array>;
}

interface TurnReaderOptions {
  rooms: RoomService;
  index: TurnIndex;
  eventLog: Pick<EventLog, "read" | "head">;
  turns: TurnTaking;
  clock: Pick<Clock, "nowMs">;
  blobs?: Pick<Blobs, "open"> | undefined;
}

/** After so long a journal holds all of a turn that has ended, ms. */
const settleMs = 2_000;
const resultPageBytes = 512 * 1_024;

/** Makes the reader of turns. */
export function createTurnReader(options: TurnReaderOptions): TurnReader {
  const { rooms, index, clock } = options;

  async function summariesOf(roomId: string, role: PersonRole, records: readonly TurnRecord[]): Promise<TurnSummary[]> {
    const standings = await rooms.read(roomId, (room) => records.map((turn) => stepStanding(room, role, turn)));
    return records.map((turn, at) => ({ ...turn, isReadable: (standings?.[at] ?? "none") !== "none" }));
  }

  async function steps(request: StepsRequest): Promise<({ kind: "page" } & StepPage) | StepsRefused> {
    const { roomId, turnId, role, after, maxBytes } = request;
    const turn = (await index.turnsOf(roomId)).get(turnId);
    if (!turn) return { kind: "no turn" };
    const standing = (await rooms.read(roomId, (room) => stepStanding(room, role, turn))) ?? "none";
    if (standing === "none") return { kind: "withheld" };
    // The last entries are stored a moment after the turn's end.
    const isOver = turn.endedAtMs !== undefined && clock.nowMs() - turn.endedAtMs > settleMs;
    const page = await readTurnJournal({ roomId, turn, after, maxBytes }, options);
    const shown: PlacedStep[] = [];
    for (const stored of page.steps) {
      const step = stepFor(stored, standing);
      if (step === "withheld") return { kind: "withheld" };
      if (step) shown.push(placedStep(stored, step));
    }
    const next = page.isEnd && isOver ? {} : { next: formatPosition(page.position) };
    return { kind: "page", turn: { ...turn, isReadable: true }, steps: shown, ...next };
  }

  return {
    async list({ roomId, agent, role, before, limit }) {
      const all = [...(await index.turnsOf(roomId)).values()].filter((turn) => turn.agent === agent).reverse();
      const from = before === undefined ? 0 : all.findIndex(({ turnId }) => turnId === before) + 1;
      const page = await summariesOf(roomId, role, all.slice(from, from + limit));
      const last = page.at(-1);
      return { turns: page, ...(last && from + limit < all.length && { next: last.turnId }) };
    },
    steps,
    async result({ stepId, ...request }) {
      const found = await findResult(request, stepId);
      if ("kind" in found) return found;
      const bytes = found.blob === undefined ? undefined : await options.blobs?.open(found.blob);
      return bytes ? { kind: "result", bytes } : { kind: "no turn" };
    },
  };

  async function findResult(
    request: Omit<StepsRequest, "after" | "maxBytes">,
    stepId: string,
  ): Promise<{ blob: string | undefined } | StepsRefused> {
    let after: LogPosition | undefined;
    for (;;) {
      const page = await steps({ ...request, after, maxBytes: resultPageBytes });
      if (page.kind !== "page") return page;
      const found = page.steps.find((step) => step.type === "tool.result" && step.id === stepId);
      if (found?.type === "tool.result") return { blob: found.blob };
      const next = page.next === undefined ? undefined : parsePosition(page.next);
      if (!next || !isAfter(next, after ?? logStart)) return { kind: "no turn" };
      after = next;
    }
  }
}
