import type { Writable } from "node:stream";
import type { AgentDoor } from "../ports/agent-door.js";
import type { TakenTurn } from "../ports/agent-mailbox.js";
import type { Logger } from "../ports/logger.js";
import type { AppContext } from "./deps.js";
import { openResponse } from "./open-response.js";

/** A silent stream says so this often, so that nothing on the way gives it up. */
const heartbeatMs = 15_000;

/**
 * Server-sent events: a frame for each turn, with its id; again with all its messages when some were added. The next turn follows the acknowledgement of
 * the one before, so a slow reader is owed one turn at most.
 */
export async function streamTurns(
  c: AppContext,
  { door, free, logger }: { door: AgentDoor; free: () => void; logger: Logger },
): Promise<Response> {
  const headers = { "Content-Type": "text/event-stream; charset=utf-8", "X-Accel-Buffering": "no" };
  if (c.req.method === "HEAD") {
    free();
    return new Response(null, { headers });
  }
  const { start, response } = openResponse(c, headers);
  const out = start();
  const over = new AbortController();
  const end = () => over.abort();
  for (const event of ["close", "error"]) out.once(event, end);
  c.req.raw.signal.addEventListener("abort", end);
  out.write("retry: 1000\n\n");
  void sendTurns(out, { door, signal: over.signal })
    .catch((error: unknown) => logger.warn({ error }, "a stream of turns broke; its agent connects again"))
    .finally(() => {
      free();
      out.end();
    });
  return response;
}

async function sendTurns(out: Writable, { door, signal }: { door: AgentDoor; signal: AbortSignal }): Promise<void> {
  let sent: { turnId: string; messages: number } | undefined;
  while (!signal.aborted) {
    const taken = await door.take({ waitMs: heartbeatMs, signal, known: sent });
    if (taken?.kind === "refused") return;
    if (!taken) {
      // Nothing within the time, or the process stops.
      if (!out.write(": heartbeat\n\n")) await drained(out, signal);
      if (door.isClosing()) return;
      continue;
    }
    const { kind: _kind, ...turn } = taken;
    sent = { turnId: turn.turnId, messages: turn.messages.length };
    if (!out.write(frameOf(turn))) await drained(out, signal);
  }
}

function frameOf(turn: TakenTurn): string {
  return `id: ${turn.turnId}\nevent: turn\ndata: ${JSON.stringify(turn)}\n\n`;
}

function drained(out: Writable, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    out.once("drain", resolve);
    signal.addEventListener("abort", () => resolve());
  });
}
