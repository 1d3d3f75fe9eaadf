import { presentAgent, type Room } from "../../core/room/room.js";
import { externalRuntime } from "../../core/values/external-runtime.js";
import type { TakenMessage, TakenTurn, TakeRequest } from "../../ports/agent-mailbox.js";
import type { AgentInput } from "../../ports/agents.js";
import type { Clock } from "../../ports/clock.js";
import type { EventLog } from "../../ports/event-log.js";
import type { Refusable } from "../../ports/refusable.js";
import { turnInputs, turnPlan } from "../agents/deliveries.js";
import { viewMailboxOf } from "../agents/mailbox-step.js";
import type { ExternalPresence } from "../presence/external-presence.js";
import type { RoomService } from "../rooms/service.js";
import { type ExternalStay, isHere, noLongerHere, roomClosed } from "./stay.js";

/** Parts that taking messages needs. */
export interface TakeParts {
  rooms: RoomService;
  eventLog: Pick<EventLog, "tail">;
  clock: Clock;
  newTurnId: () => string;
  sha256: (text: string) => string;
  presence: ExternalPresence;
}

/** How an agent takes. `isLive`: whether its token still works, asked before anything is handed over. */
export interface TakeOptions extends TakeRequest {
  isLive: () => Promise<boolean>;
  /** It does not keep waiting: when it has its answer it hears no more until it calls again. */
  isCaller: boolean;
}

/** The mailbox as one look at the room shows it. */
interface Seen {
  isHere: boolean;
  isClosed: boolean;
  turnId: string | undefined;
  /** Messages of the open turn. */
  messages: number;
  /** Something waits that starts a turn, or is to be added to the open one. */
  hasWork: boolean;
  version: number;
}

/** Takes what waits for the agent, now or as soon as something comes. Every state is in the log, so any process may answer, and a kill loses nothing. */
export async function takeTurn(
  stay: ExternalStay,
  { waitMs, signal, isLive, isCaller, known }: TakeOptions,
  parts: TakeParts,
): Promise<Refusable<TakenTurn> | undefined> {
  const { rooms, clock, presence } = parts;
  const untilMs = clock.monotonicMs() + waitMs;
  const leave = presence.attend(stay, { keepsComing: !isCaller });
  try {
    for (;;) {
      const seen = await rooms.read(stay.roomId, (room) => look(room, stay));
      if (!seen?.isHere || !(await isLive())) return { kind: "refused", rejection: noLongerHere };
      if (seen.isClosed) return { kind: "refused", rejection: roomClosed };
      const taken = isDue(seen, known) ? await open(stay, seen, parts) : undefined;
      if (taken) return { kind: "done", ...taken };
      const leftMs = untilMs - clock.monotonicMs();
      if (leftMs <= 0 || signal?.aborted) return undefined;
      await changed(stay, { after: seen.version, waitMs: Math.min(leftMs, lookAgainMs), signal }, parts);
    }
  } finally {
    leave();
  }
}

/** Whether the token still works is asked this often while nothing comes. */
const lookAgainMs = 5_000;

function isDue({ turnId, messages, hasWork }: Seen, known: TakeRequest["known"]): boolean {
  if (hasWork) return true;
  return turnId !== undefined && (turnId !== known?.turnId || messages !== known.messages);
}

function look(room: Room, stay: ExternalStay): Seen {
  const agent = presentAgent(room, stay.name);
  const view = viewMailboxOf(room, agent);
  return {
    isHere: isHere(room, stay),
    isClosed: room.status === "closed",
    turnId: view.kind === "busy" ? view.turn.turnId : undefined,
    messages: agent?.turn?.taken.length ?? 0,
    hasWork: view.kind === "busy" ? view.turn.hasSteering : view.kind === "idle" && view.hasWork,
    version: room.version,
  };
}

/** The open turn, or a new one; undefined where another call was first, or what waited has expired. */
async function open(stay: ExternalStay, seen: Seen, parts: TakeParts): Promise<TakenTurn | undefined> {
  const { rooms, newTurnId } = parts;
  const { roomId, name } = stay;
  if (seen.turnId === undefined) {
    const outside = { node: externalRuntime, boot: externalRuntime };
    const start = { type: "turn.start", agent: name, turnId: newTurnId(), ...outside } as const;
    const started = await rooms.execute(roomId, start);
    if (started.kind !== "accepted") return undefined;
  } else await rooms.execute(roomId, { type: "turn.steer", agent: name, turnId: seen.turnId });
  const plan = await rooms.read(roomId, (room) => turnPlan(room, name));
  if (!plan) return undefined;
  const context = { rooms, roomId, agent: name, sha256: parts.sha256, begunTools: async () => [] };
  const inputs = await turnInputs(plan, context);
  const messages = inputs.flatMap(takenMessage);
  if (messages.length > 0) return { turnId: plan.turnId, attempt: plan.attempt, messages };
  const error = "its messages could not be read from the log";
  await rooms.execute(roomId, { type: "turn.end", agent: name, turnId: plan.turnId, outcome: "failed", error });
  return undefined;
}

function takenMessage({ id, text, message, class: how }: AgentInput): TakenMessage[] {
  return "kind" in message ? [] : [{ id, ...message, class: how, text }];
}

/** Resolves when the room has something after this version, at the latest after `waitMs`. */
async function changed(
  { roomId }: ExternalStay,
  { after, waitMs, signal }: { after: number; waitMs: number; signal: AbortSignal | undefined },
  { eventLog, clock }: TakeParts,
): Promise<void> {
  const over = new AbortController();
  const abort = () => over.abort();
  const cancel = clock.after(waitMs, abort);
  signal?.addEventListener("abort", abort);
  if (signal?.aborted) abort();
  try {
    for await (const entries of eventLog.tail(`room/${roomId}`, after, over.signal)) if (entries.length > 0) return;
  } finally {
    cancel();
    abort();
    signal?.removeEventListener("abort", abort);
  }
}
