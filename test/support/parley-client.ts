import { setTimeout as pause } from "node:timers/promises";
import type { ServedEvent } from "../../src/client/event-stream.js";
import type { AnswerOf } from "../../src/protocol/operation-types.js";

/** A client as a stranger would write one: JSON over HTTP, unknown outcomes tried again under the same Idempotency-Key. */
export interface Answer<T> {
  status: number;
  body: T;
}

/** What the protocol says of a room that was made. */
export type CreatedRoom = AnswerOf<"createRoom">;

type GateShown = AnswerOf<"listGates">["gates"][number];

/** An open gate as a reader gets it who may see held text. */
export type GateSeen = GateShown & Required<Pick<GateShown, "body" | "hash">>;

/** A line of the export. */
export type LoggedEvent = ServedEvent;

export async function call<T>(
  url: string,
  options: { method?: string; token?: string; body?: unknown; key?: string; timeoutMs?: number } = {},
): Promise<Answer<T>> {
  const response = await fetch(url, {
    method: options.method ?? (options.body === undefined ? "GET" : "POST"),
    headers: {
      ...(options.body !== undefined && { "content-type": "application/json" }),
      ...(options.token !== undefined && { authorization: `Bearer ${options.token}` }),
      ...(options.key !== undefined && { "idempotency-key": options.key }),
    },
    ...(options.body !== undefined && { body: JSON.stringify(options.body) }),
    signal: AbortSignal.timeout(options.timeoutMs ?? 10_000),
  });
  return { status: response.status, body: (await response.json()) as T };
}

/** Retries until the server answers below 500; for commands that are safe to repeat. `url` is read for each attempt: the server may have moved. */
export async function untilAnswered<T>(
  url: () => string,
  options: Parameters<typeof call>[1],
  deadlineMs = 60_000,
): Promise<Answer<T>> {
  const giveUpAt = performance.now() + deadlineMs;
  for (;;) {
    const answer = await call<T>(url(), options).catch((error: unknown) => ({ status: 0, body: error as T }));
    if (answer.status > 0 && answer.status < 500) return answer;
    const last = `${answer.status} ${answer.status === 0 ? String(answer.body) : JSON.stringify(answer.body)}`;
    if (performance.now() > giveUpAt) throw new Error(`no answer from ${url()} within ${deadlineMs} ms; last: ${last}`);
    await pause(20);
  }
}

/** Polls until `ready` holds; fails with the last value. */
export async function eventually<T>(
  look: () => Promise<T>,
  ready: (seen: T) => boolean,
  deadlineMs = 30_000,
): Promise<T> {
  const giveUpAt = performance.now() + deadlineMs;
  for (;;) {
    const seen = await look();
    if (ready(seen)) return seen;
    if (performance.now() > giveUpAt)
      throw new Error(`not within ${deadlineMs} ms; last seen: ${JSON.stringify(seen)?.slice(0, 2_000)}`);
    await pause(50);
  }
}

/** The whole log of a room, an event a line. */
export async function exportEvents(url: string, roomId: string, token: string): Promise<LoggedEvent[]> {
  const response = await fetch(`${url}/api/rooms/${roomId}/export?format=jsonl`, {
    headers: { authorization: `Bearer ${token}` },
  });
  if (!response.ok) throw new Error(`export answered ${response.status}`);
  const text = await response.text();
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as LoggedEvent);
}
