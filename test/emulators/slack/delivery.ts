import type { Fault, Faults } from "./faults.js";
import type { Json, PendingEvent } from "./model.js";
import type { Workspace } from "./workspace.js";

export type DeliveryKind = "event" | "slash" | "interactive";

export interface Dispatch {
  readonly kind: DeliveryKind;
  readonly payload: Json;
  /** 0 for the first time. */
  readonly attempt: number;
  readonly reason?: string;
  /** Cuts the connection once the payload is out, so that no acknowledgement is read. */
  readonly cutAfter?: boolean;
}

export type Answer =
  | { readonly acked: true; readonly payload?: unknown }
  | {
      readonly acked: false;
      /** What a person reads who typed a command or pressed a button. */
      readonly failure: "dispatch_failed" | "operation_timeout";
      readonly reason: "timeout" | "http_error" | "connection_failed";
      /** The app said not to send it again. */
      readonly final?: boolean;
    };

/** One way to reach the app: Socket Mode or HTTP. */
export interface Transport {
  send(dispatch: Dispatch): Promise<Answer>;
  /** Ends the app's connections at once. */
  cut(): void;
}

export interface Delivery {
  /** Sends an Events API event, again by the schedule until it is acknowledged or the schedule ends. */
  event(event: Json): void;
  /** Sends a command or an interaction, once. */
  ask(kind: "slash" | "interactive", payload: Json): Promise<Answer>;
  /** Sends again what was unacknowledged when an earlier emulator died. */
  resume(): void;
  /** Sends what a `reorder` fault still holds. */
  release(): void;
  /** Payloads on their way or waiting for their next attempt. */
  pending(): number;
  stop(): void;
}

export interface DeliveryOptions {
  readonly workspace: Workspace;
  readonly faults: Faults;
  readonly transport: () => Transport;
  /** Told when an event is given up: redelivery is exhausted and only history still has it. */
  readonly onLost: (payload: Json) => void;
}

/** Brings payloads to the app, misbehaving where a fault says so. */
export function createDelivery({ workspace, faults, transport, onLost }: DeliveryOptions): Delivery {
  const { settings, pendingEvents } = workspace;
  const timers = new Set<NodeJS.Timeout>();
  let held: (() => void)[] = [];
  let holdFor = 0;
  let onTheWay = 0;
  let stopped = false;

  const later = (work: () => void, delayMs: number): void => {
    if (stopped) return;
    const timer = setTimeout(() => {
      timers.delete(timer);
      work();
    }, delayMs);
    timers.add(timer);
  };
  const release = (): void => {
    const waiting = held.reverse();
    held = [];
    holdFor = 0;
    for (const send of waiting) send();
  };
  const hold = (): Promise<void> =>
    new Promise((resolve) => {
      held.push(resolve);
      if (held.length >= holdFor) release();
    });
  const wait = (delayMs: number): Promise<void> => new Promise((resolve) => later(resolve, delayMs));

  const misbehave = async (fault: Fault, dispatch: Dispatch): Promise<Answer> => {
    const lost: Answer = { acked: false, failure: "dispatch_failed", reason: "connection_failed" };
    if (fault.mode === "lose") return lost;
    if (fault.mode === "slow") await wait(fault.delayMs ?? 1_000);
    if (fault.mode === "drop_socket" && fault.phase === "after") {
      return transport().send({ ...dispatch, cutAfter: true });
    }
    if (fault.mode === "drop_socket") {
      transport().cut();
      return lost;
    }
    const first = transport().send(dispatch);
    if (fault.mode !== "duplicate") return first;
    const copies = Array.from({ length: fault.count ?? 1 }, (_, index) =>
      transport().send({ ...dispatch, attempt: dispatch.attempt + index + 1, reason: "timeout" }),
    );
    await Promise.all(copies);
    return first;
  };
  const send = async (dispatch: Dispatch): Promise<Answer> => {
    onTheWay += 1;
    const fault = faults.strike("delivery", dispatch.kind, dispatch.payload);
    if (fault?.mode === "reorder") holdFor = fault.count ?? 2;
    if (holdFor > 0) await hold();
    const answer = await (fault === undefined || fault.mode === "reorder"
      ? transport().send(dispatch)
      : misbehave(fault, dispatch));
    onTheWay -= 1;
    return answer;
  };
  const attempt = async (event: PendingEvent): Promise<void> => {
    const reason = event.reason === undefined ? {} : { reason: event.reason };
    const answer = await send({ kind: "event", payload: event.payload, attempt: event.attempt, ...reason });
    if (stopped) return;
    const delayMs = settings.redeliveryDelaysMs[event.attempt];
    if (answer.acked || answer.final === true || delayMs === undefined) {
      pendingEvents.remove(event.id);
      if (!answer.acked) onLost(event.payload);
      return;
    }
    const next: PendingEvent = { ...event, attempt: event.attempt + 1, reason: answer.reason };
    pendingEvents.put(event.id, next);
    later(() => void attempt(next), delayMs / settings.timeScale);
  };

  return {
    event: (event) => {
      const pending = { id: workspace.nextId("Ev"), attempt: 0 };
      const record: PendingEvent = { ...pending, payload: envelope(workspace, pending.id, event) };
      pendingEvents.put(record.id, record);
      void attempt(record);
    },
    ask: (kind, payload) => send({ kind, payload, attempt: 0 }),
    resume: () => {
      for (const event of pendingEvents.values()) {
        const next = { ...event, attempt: event.attempt + 1, reason: "connection_failed" };
        later(() => void attempt(next), (settings.redeliveryDelaysMs[event.attempt] ?? 0) / settings.timeScale);
      }
    },
    release,
    pending: () => onTheWay + pendingEvents.values().length,
    stop: () => {
      stopped = true;
      for (const timer of timers) clearTimeout(timer);
    },
  };
}

function envelope(workspace: Workspace, eventId: string, event: Json): Json {
  const app = workspace.app();
  return {
    token: "deprecated-verification-token",
    team_id: workspace.team.id,
    context_team_id: workspace.team.id,
    context_enterprise_id: null,
    api_app_id: app.appId,
    event,
    type: "event_callback",
    event_id: eventId,
    event_time: Math.floor(workspace.nowMs() / 1000),
    authorizations: [
      {
        enterprise_id: null,
        team_id: workspace.team.id,
        user_id: app.botUserId,
        is_bot: true,
        is_enterprise_install: false,
      },
    ],
    is_ext_shared_channel: false,
  };
}
