import type { Faults } from "./faults.js";
import { createMisdelivery } from "./misdelivery.js";
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
      /** The message to a person who typed a command or pressed a button. */
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
  /** Redelivers events that were unacknowledged when an earlier emulator died. */
  resume(): void;
  /** Sends the events that a `reorder` fault still holds. */
  release(): void;
  /** Payloads under way or waiting for their next attempt. */
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
  const timers = createTimers();
  let onTheWay = 0;

  const way = createMisdelivery({ faults, transport, later: timers.later });
  const send = async (dispatch: Dispatch): Promise<Answer> => {
    onTheWay += 1;
    const answer = await way.send(dispatch);
    onTheWay -= 1;
    return answer;
  };
  const retryDelayMs = (attempt: number): number | undefined => {
    const delayMs = settings.redeliveryDelaysMs[attempt];
    return delayMs === undefined ? undefined : delayMs / settings.timeScale;
  };
  const attempt = async (event: PendingEvent): Promise<void> => {
    const reason = event.reason === undefined ? {} : { reason: event.reason };
    const answer = await send({ kind: "event", payload: event.payload, attempt: event.attempt, ...reason });
    if (timers.stopped()) return;
    const delayMs = retryDelayMs(event.attempt);
    if (answer.acked || answer.final === true || delayMs === undefined) {
      pendingEvents.remove(event.id);
      if (!answer.acked) onLost(event.payload);
      return;
    }
    const next: PendingEvent = { ...event, attempt: event.attempt + 1, reason: answer.reason };
    pendingEvents.put(event.id, next);
    timers.later(() => void attempt(next), delayMs);
  };

  return {
    event: (event) => {
      const id = workspace.nextId("Ev");
      const record: PendingEvent = { id, attempt: 0, payload: envelope(workspace, id, event) };
      pendingEvents.put(id, record);
      void attempt(record);
    },
    ask: (kind, payload) => send({ kind, payload, attempt: 0 }),
    resume: () => {
      for (const event of pendingEvents.values()) {
        const next = { ...event, attempt: event.attempt + 1, reason: "connection_failed" };
        timers.later(() => void attempt(next), retryDelayMs(event.attempt) ?? 0);
      }
    },
    release: way.release,
    pending: () => onTheWay + pendingEvents.values().length,
    stop: timers.stop,
  };
}

function createTimers() {
  const running = new Set<NodeJS.Timeout>();
  let over = false;
  return {
    later: (work: () => void, delayMs: number): void => {
      if (over) return;
      const timer = setTimeout(() => {
        running.delete(timer);
        work();
      }, delayMs);
      running.add(timer);
    },
    stopped: () => over,
    stop: (): void => {
      over = true;
      for (const timer of running) clearTimeout(timer);
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
