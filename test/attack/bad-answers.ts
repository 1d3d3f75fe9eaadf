import type { ServerResponse } from "node:http";
import { setTimeout as pause } from "node:timers/promises";
import { gzipSync } from "node:zlib";
import { sendMessage } from "./send-message.js";

/** One way in which the model provider is hostile. */
export type BadAnswer = (given: { response: ServerResponse; apiKey: string; trapUrl: string }) => Promise<void> | void;

const megabyte = 1_024 * 1_024;
const chunk = Buffer.alloc(64 * 1_024, "x");
const model = "claude-opus-4-5";

/** Waits while the other side does not read; false if it has gone. */
async function write(response: ServerResponse, bytes: Buffer | string): Promise<boolean> {
  if (response.destroyed) return false;
  if (response.write(bytes)) return true;
  await new Promise<void>((resolve) => {
    const goOn = () => {
      for (const event of ["drain", "close"]) response.off(event, goOn);
      resolve();
    };
    for (const event of ["drain", "close"]) response.on(event, goOn);
  });
  return !response.destroyed;
}

const beginStream = (response: ServerResponse): void => {
  response.writeHead(200, { "content-type": "text/event-stream" });
};

/** Numbers that no provider would send; `raw` is put into the JSON as it is. */
const lies =
  (raw: string): BadAnswer =>
  ({ response }) => {
    response.writeHead(200, { "content-type": "application/json" });
    response.end(
      `{"type":"message","role":"assistant","model":"${model}","content":[],"usage":{"input_tokens":${raw},"output_tokens":${raw}}}`,
    );
  };

/** An answer that repeats the key in many spellings. */
const echoes =
  (status: number): BadAnswer =>
  ({ response, apiKey }) => {
    const bytes = Buffer.from(apiKey);
    const spellings = [
      apiKey,
      bytes.toString("base64"),
      Buffer.from(` ${apiKey} `).toString("base64url"),
      bytes.toString("hex"),
      [...apiKey].reverse().join(""),
      [...apiKey].join(" "),
      [...apiKey].map((char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`).join(""),
      encodeURIComponent(apiKey),
    ];
    response.writeHead(status, { "content-type": "application/json", "x-echo": apiKey, "request-id": apiKey });
    response.end(JSON.stringify({ type: "error", error: { type: "api_error", message: spellings.join(" | ") } }));
  };

/** By name. */
export const badAnswers: Readonly<Record<string, BadAnswer>> = {
  "lie-endless": lies("1e308"),
  "lie-negative": lies("-1000000"),
  "lie-text": lies('"NaN"'),
  "lie-nested": lies(`${"[".repeat(2_000)}${"]".repeat(2_000)}`),
  "no-usage": ({ response }) => {
    response.writeHead(200, { "content-type": "application/json" });
    response.end("{}");
  },
  "echo-200": echoes(200),
  "echo-400": echoes(400),
  "echo-500": echoes(500),
  async "huge-line"({ response }) {
    beginStream(response);
    await write(response, "data: ");
    for (let sent = 0; sent < 48 * megabyte; sent += chunk.length) if (!(await write(response, chunk))) return;
    response.end("\n\n");
  },
  async "many-lines"({ response }) {
    beginStream(response);
    const lines = "data: {}\n\n".repeat(6_000);
    for (let sent = 0; sent < 24 * megabyte; sent += lines.length) if (!(await write(response, lines))) return;
    response.end();
  },
  async drip({ response }) {
    beginStream(response);
    for (let sent = 0; sent < 1_000; sent++) {
      if (!(await write(response, "d"))) return;
      await pause(5);
    }
    response.end();
  },
  cut({ response }) {
    beginStream(response);
    response.write(
      `event: message_start\ndata: {"type":"message_start","message":{"model":"${model}","usage":{}}}\n\n`,
    );
    setTimeout(() => response.destroy(), 10);
  },
  silent: () => {},
  bomb({ response }) {
    response.writeHead(200, { "content-type": "application/json", "content-encoding": "gzip" });
    response.end(gzipSync(Buffer.alloc(64 * megabyte, "x")));
  },
  redirect({ response, trapUrl }) {
    response.writeHead(302, { location: trapUrl });
    response.end();
  },
  "huge-error": async ({ response }) => {
    response.writeHead(500, { "content-type": "text/plain" });
    for (let sent = 0; sent < 16 * megabyte; sent += chunk.length) if (!(await write(response, chunk))) return;
    response.end();
  },
  "long-text": ({ response }) => {
    const usage = { input_tokens: 10, output_tokens: 10 };
    sendMessage(response, { model, isStream: true, usage, text: "y".repeat(8 * megabyte) });
  },
};
