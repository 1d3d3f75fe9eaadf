import { createHash, timingSafeEqual } from "node:crypto";
import type { Clock } from "../../src/ports/clock.js";
import type { Logger } from "../../src/ports/logger.js";
import type { GatewayCaller, ModelGateway } from "../../src/ports/model-gateway.js";
import type { Metered } from "./meter.js";
import { createPrices, type PriceTable } from "./prices.js";
import { readBody } from "./read-body.js";
import { refuse, texts } from "./refusals.js";
import { findRoute } from "./routes.js";
import { createSlots } from "./slots.js";
import { type Call, createUpstream, type ModelCredential } from "./upstream.js";

export type AnthropicGatewayOptions = ModelCredential & {
  /** Address of the Messages API; a path before `/v1` is kept. */
  baseUrl: string;
  priceTable: PriceTable;
  /** A stream without a byte for this long is cut; default 60 s. Tried again, a call may be silent for half as long once more. */
  idleTimeoutMs?: number;
  /** An answer in one piece may take this long to begin; default 300 s, the most that Node's fetch waits. */
  answerTimeoutMs?: number;
  /** Calls of one agent at a time, others wait; default 8. So many calls may overrun a budget. */
  maxCallsPerAgent?: number;
  fetch?: typeof fetch;
  clock: Clock;
  logger: Logger;
};

const maxBodyBytes = 32 * 1_024 * 1_024;

/** The Messages API for agents that hold no key: swaps their token for it, meters, keeps to the budget, cuts what stands still. */
export function createAnthropicGateway(options: AnthropicGatewayOptions): ModelGateway {
  const { clock, logger, idleTimeoutMs = 60_000, answerTimeoutMs = 300_000, fetch: send = fetch } = options;
  const credential = "apiKey" in options ? { apiKey: options.apiKey } : { oauthToken: options.oauthToken };
  const { baseUrl } = options;
  const upstream = createUpstream({ credential, baseUrl, idleTimeoutMs, answerTimeoutMs, fetch: send, clock, logger });
  const prices = createPrices(options.priceTable);
  const slots = createSlots(options.maxCallsPerAgent ?? 8);
  const unknownModels = new Set<string>();

  async function report({ roomId, agent, onUsage }: GatewayCaller, { model, usage: raw }: Metered): Promise<void> {
    if (!prices.knows(model) && !unknownModels.has(model)) {
      unknownModels.add(model);
      logger.warn({ model }, "no price for this model: it counts as the dearest one; add it to the price table");
    }
    const usage = prices.usageOf(model, raw);
    logger.debug({ roomId, agent, model, ...usage }, "model call");
    await onUsage({ ...usage, model });
  }

  async function serve(request: Request, caller: GatewayCaller, route: Call["route"]): Promise<Response> {
    const giveBack = await slots.take(`${caller.roomId}/${caller.agent}`, request.signal);
    const stop = new AbortController();
    const leave = () => stop.abort();
    let isFinished = false;
    const finish: Call["finish"] = async (metered) => {
      if (isFinished) return;
      isFinished = true;
      request.signal.removeEventListener("abort", leave);
      // What it cost is counted before the next call may ask whether anything is left.
      if (metered) await report(caller, metered).catch(() => {});
      giveBack();
    };
    try {
      const body = await admit(request, caller);
      if (body instanceof Response) {
        await finish();
        return body;
      }
      request.signal.throwIfAborted();
      request.signal.addEventListener("abort", leave, { once: true });
      return await upstream.ask({ route, request, caller, body, stop, finish });
    } catch (error) {
      await finish();
      throw error;
    }
  }

  /** The whole body, or the refusal of one that is too large, too slow or may not be paid for. */
  async function admit(request: Request, caller: GatewayCaller): Promise<Uint8Array<ArrayBuffer> | Response> {
    // The budget may have been spent while this call waited for its slot, and again while its body came in.
    if (!(await caller.isAllowed())) return refuse("billing_error", texts.budget);
    if (!request.body) return new Uint8Array();
    const body = await readInTime(request.body);
    return body instanceof Response || (await caller.isAllowed()) ? body : refuse("billing_error", texts.budget);
  }

  async function readInTime(source: ReadableStream<Uint8Array>): Promise<Uint8Array<ArrayBuffer> | Response> {
    let cancel = () => {};
    const late = new Promise<Response>((resolve) => {
      cancel = clock.after(idleTimeoutMs, () => resolve(refuse("timeout_error", texts.slowBody)));
    });
    const body = readBody(source, maxBodyBytes);
    return Promise.race([body.then((read) => read ?? refuse("request_too_large", texts.tooLarge)), late]).finally(
      cancel,
    );
  }

  return {
    async handle(request, caller) {
      const route = findRoute(request);
      if (!route) return refuse("permission_error", texts.route);
      if (!hasToken(request.headers, caller.token)) return refuse("permission_error", texts.token);
      if (route.kind === "answer") return new Response(null, { status: 200 });
      if (!(await caller.isAllowed())) return refuse("billing_error", texts.budget);
      return serve(request, caller, route);
    },
    check: async () => upstream.check(),
  };
}

/** Constant-time comparison for any length. An empty token never matches. */
function hasToken(headers: Headers, token: string): boolean {
  const bearer = /^Bearer\s+(\S+)$/i.exec(headers.get("authorization") ?? "")?.[1];
  const given = headers.get("x-api-key") ?? bearer ?? "";
  const digest = (text: string) => createHash("sha256").update(text).digest();
  return token !== "" && timingSafeEqual(digest(given), digest(token));
}
