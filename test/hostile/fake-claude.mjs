#!/usr/bin/env node
// Replaces Claude Code: follows the protocol until it gets a message, then writes as fast as Parley reads and never ends its turn.
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { createInterface } from "node:readline";

const print = (line) => process.stdout.write(`${line}\n`);
const line = (text) =>
  JSON.stringify({
    type: "assistant",
    uuid: randomUUID(),
    session_id: "hostile",
    parent_tool_use_id: null,
    message: { model: "hostile", role: "assistant", content: [{ type: "text", text }] },
  });
const text = "w".repeat(200 * 1_024);
const noise = "n".repeat(1_024 * 1_024);

async function flood() {
  for (let written = 0; ; written++) {
    // Every fourth write is 16 MB without a line feed.
    if (written % 4 === 3) for (let piece = 0; piece < 16; piece++) await pass(noise);
    await pass(`${line(text)}\n`);
  }
}

async function pass(bytes) {
  if (!process.stdout.write(bytes)) await once(process.stdout, "drain");
}

let isFlooding = false;
for await (const asked of createInterface({ input: process.stdin })) {
  const message = JSON.parse(asked);
  if (message.type === "control_request") {
    const { request_id } = message;
    const greeting = {
      commands: [],
      agents: [],
      models: [],
      account: {},
      output_style: "default",
      available_output_styles: [],
    };
    const response = message.request.subtype === "initialize" ? greeting : { session: { model_usage: {} } };
    print(JSON.stringify({ type: "control_response", response: { subtype: "success", request_id, response } }));
  }
  if (message.type === "user" && !isFlooding) {
    isFlooding = true;
    void flood();
  }
}
