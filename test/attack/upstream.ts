import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { builtInPrices } from "../../adapters/anthropic/built-in-prices.js";
import { createPrices } from "../../adapters/kit/gateway/prices.js";
import type { Script } from "../emulators/anthropic/script.js";
import { startAnthropicEmulator } from "../emulators/anthropic/server.js";
import { type BadAnswer, badAnswers } from "./bad-answers.js";
import { sendMessage } from "./send-message.js";

/**
 * A model provider that bills honestly for prompts with `bill=<account>`, and is hostile to prompts with `upstream=<way>`. Everything else
 * is answered by the emulated Messages API.
 */
export interface HostileUpstream {
  url: string;
  /** Amount the provider has billed an account, US dollars. Only calls that name the account count. */
  billedUsd(account: string): number;
  /** Bodies that arrived with content that no agent of these rooms may send. */
  smuggled(): readonly string[];
  /** Calls so far. */
  calls(): number;
  stop(): Promise<void>;
}

/** Usage of each honest answer. */
export const honestUsage = { input_tokens: 1_000, output_tokens: 4_000 };
const tokensPerMs = 0.1;
const prices = createPrices(builtInPrices);
export const usdOf = (usage: { input_tokens: number; output_tokens: number }, model = "claude-opus-4-5"): number =>
  prices.usageOf(model, usage).usd;

/** Content that opens another way out of a sandbox, anywhere in a body. */
const forbiddenContent = /evil\.example|"mcp_servers"|web_fetch_|code_execution_|"service_tier":"priority"/;

export async function startHostileUpstream(options: {
  apiKey: string;
  script: Script;
  /** Target for bad answers that redirect. */
  trapUrl: string;
}): Promise<HostileUpstream> {
  const emulator = await startAnthropicEmulator({ script: options.script, apiKeys: [options.apiKey] });
  const bills = new Map<string, number>();
  const smuggled: string[] = [];
  let calls = 0;

  /** Bills one call while its answer is generated, until the answer ends or the caller is gone. */
  async function answerHonestly(
    { account, body }: { account: string; body: { model: string; stream?: boolean } },
    response: ServerResponse,
  ): Promise<void> {
    const started = performance.now();
    const gone = new Promise<"gone">((resolve) => response.once("close", () => resolve("gone")));
    const madeBy = await Promise.race([gone, pause(30).then(() => "made" as const)]);
    const made = Math.floor((performance.now() - started) * tokensPerMs);
    const usage = madeBy === "made" ? honestUsage : { ...honestUsage, output_tokens: made };
    bills.set(account, (bills.get(account) ?? 0) + usdOf(usage, body.model));
    if (madeBy === "gone") return;
    sendMessage(response, { model: body.model, isStream: body.stream === true, usage });
  }

  async function passToEmulator(request: IncomingMessage, body: Buffer, response: ServerResponse): Promise<void> {
    const headers = Object.entries(request.headers).flatMap(([name, value]) =>
      typeof value === "string" && !["host", "connection", "content-length"].includes(name) ? [[name, value]] : [],
    );
    const left = new AbortController();
    response.once("close", () => left.abort());
    const answer = await fetch(`${emulator.url}${request.url}`, {
      method: request.method ?? "POST",
      headers: Object.fromEntries(headers) as Record<string, string>,
      ...(body.length > 0 && { body: new Uint8Array(body) }),
      signal: left.signal,
    });
    response.writeHead(answer.status, { "content-type": answer.headers.get("content-type") ?? "application/json" });
    for await (const chunk of answer.body ?? []) response.write(chunk);
    response.end();
  }

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    calls += 1;
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks);
    const text = body.toString("utf8");
    const found = forbiddenContent.exec(text);
    if (found) smuggled.push(found[0]);
    const [, account] = /bill=([\w-]+)/.exec(text) ?? [];
    const [, way = ""] = /upstream=([\w-]+)/.exec(text) ?? [];
    if (account !== undefined) return answerHonestly({ account, body: JSON.parse(text) }, response);
    const bad: BadAnswer | undefined = badAnswers[way];
    if (bad) return bad({ response, apiKey: options.apiKey, trapUrl: options.trapUrl });
    return passToEmulator(request, body, response);
  }

  const server = createServer((request, response) => {
    response.on("error", () => {});
    serve(request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    billedUsd: (account) => bills.get(account) ?? 0,
    smuggled: () => smuggled,
    calls: () => calls,
    stop: async () => {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
      await emulator.stop();
    },
  };
}
