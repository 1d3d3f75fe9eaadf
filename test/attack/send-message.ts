import type { ServerResponse } from "node:http";
import { messageEvents, type ResponseMessage } from "../emulators/anthropic/response-message.js";

/** Sends a complete answer with one text, streamed or in one piece. */
export function sendMessage(
  response: ServerResponse,
  { model, isStream, usage, text = "done" }: { model: string; isStream: boolean; usage: object; text?: string },
): void {
  const content = [{ type: "text" as const, text, citations: null }];
  const message = { id: "msg_attack", type: "message", role: "assistant", model, content, usage };
  const whole = { ...message, stop_reason: "end_turn", stop_sequence: null };
  if (!isStream) {
    response.writeHead(200, { "content-type": "application/json" });
    response.end(JSON.stringify(whole));
    return;
  }
  response.writeHead(200, { "content-type": "text/event-stream" });
  for (const event of messageEvents(whole as unknown as ResponseMessage, 100_000))
    response.write(`event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`);
  response.end();
}
