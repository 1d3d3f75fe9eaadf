import { createHash, timingSafeEqual } from "node:crypto";
import type { Clock } from "../../src/ports/clock.js";
import type { Health } from "../../src/ports/health.js";
import type { Logger } from "../../src/ports/logger.js";
import type { GatewayCaller, ModelGateway } from "../../src/ports/model-gateway.js";
import { createJsonMeter, createStreamMeter, estimateInput, type Meter, type Metered } from "./meter.js";
import { createPrices, type PriceTable } from "./prices.js";
import { readBody } from "./read-body.js";
import { refuse, texts } from "./refusals.js";
import { findRoute, headersToForward, headersToReturn, type Route } from "./routes.js";
import { createSlots } from "./slots.js";
import { watchBody } from "./watch-body.js";

/** The real credential; it leaves this adapter only in a header to `baseUrl`. */
export type ModelCredential = { apiKey: string } | { oauthToken: string };

export type AnthropicGatewayOptions = ModelCredential & {
  /** Address of the Messages API; a path before `/v1` is kept. */
  baseUrl: string;
  priceTable: PriceTable;
  /** A stream without a byte for this long is cut; default 90 s. */
  idleTimeoutMs?: number;
  /** An answer in one piece may take this long to begin; default 300 s, the most that Node's fetch waits. */
  answerTimeoutMs?: number;
  /** Calls of one agent at a time; default 8. */
  maxCallsPerAgent?: number;
  fetch?: typeof fetch;
  clock: Clock;
  logger: Logger;
};

const maxBodyBytes = 32 * 1_024 * 1_024;
const maxErrorBytes = 64 * 1_024;
const oauthBeta = "oauth-2025-04-20";

/** One call on its way. */
interface Call {
  route: Route & { search: string };
  request: Request;
  caller: GatewayCaller;
  body: Uint8Array<ArrayBuffer>;
  upstream: AbortController;
  /** Reports the usage and gives the slot back; what comes second is ignored. */
  finish(metered: Metered | undefined): void;
}

export function createAnthropicGateway(options: AnthropicGatewayOptions): ModelGateway {
  const { clock, logger, idleTimeoutMs = 90_000, answerTimeoutMs = 300_000, fetch: send = fetch } = options;
  const secret = "apiKey" in options ? options.apiKey : options.oauthToken;
  const prices = createPrices(options.priceTable);
  const slots = createSlots(options.maxCallsPerAgent ?? 8);
  const unknownModels = new Set<string>();
  /** What the last call says of the provider; undefined: all is well. */
  let problem: string | undefined;

  function report(caller: GatewayCaller, { model, usage: raw }: Metered): void {
    if (!prices.knows(model) && !unknownModels.has(model)) {
      unknownModels.add(model);
      logger.warn({ model }, "no price for this model: it counts as the dearest one; add it to the price table");
    }
    const usage = prices.usageOf(model, raw);
    logger.debug({ roomId: caller.roomId, agent: caller.agent, model, ...usage }, "model call");
    caller.onUsage({ ...usage, model });
  }

  function headersFor(request: Request): Headers {
    const headers = headersToForward(request.headers);
    // The answer is passed on as it comes and read on the way.
    headers.set("accept-encoding", "identity");
    if ("apiKey" in options) headers.set("x-api-key", options.apiKey);
    else {
      headers.set("authorization", `Bearer ${options.oauthToken}`);
      const betas = headers.get("anthropic-beta");
      if (!betas?.includes("oauth-")) headers.set("anthropic-beta", betas ? `${betas},${oauthBeta}` : oauthBeta);
    }
    return headers;
  }

  async function ask(call: Call): Promise<Response> {
    const { route, request, body, upstream } = call;
    const timeoutMs = asksForStream(body) ? idleTimeoutMs : answerTimeoutMs;
    let isLate = false;
    const cancel = clock.after(timeoutMs, () => {
      isLate = true;
      upstream.abort();
    });
    try {
      const response = await send(`${options.baseUrl.replace(/\/+$/, "")}${route.path}${route.search}`, {
        method: route.method,
        headers: headersFor(request),
        body,
        signal: upstream.signal,
        redirect: "manual",
      });
      return await answer(call, response);
    } catch (error) {
      const wasSent = isLate || request.signal.aborted;
      call.finish(wasSent && route.kind === "metered" ? estimateInput(body) : undefined);
      if (isLate) return refuse("timeout_error", texts.silent);
      if (!request.signal.aborted) problem = `The model provider cannot be reached: ${causeOf(error)}.`;
      return refuse("api_error", texts.unreachable);
    } finally {
      cancel();
    }
  }

  async function answer(call: Call, response: Response): Promise<Response> {
    if (response.status < 200 || response.status > 299) return passOnError(call, response);
    problem = undefined;
    const isStream = response.headers.get("content-type")?.startsWith("text/event-stream") === true;
    const meter = call.route.kind === "metered" ? (isStream ? createStreamMeter() : createJsonMeter()) : undefined;
    const headers = headersToReturn(response.headers);
    if (!response.body) {
      call.finish(undefined);
      return new Response(null, { status: response.status, headers });
    }
    const body = watchBody(response.body, {
      clock,
      idleTimeoutMs,
      onChunk: (chunk) => meter?.read(chunk),
      onEnd: (outcome) => end(call, meter, outcome),
      stop: () => call.upstream.abort(),
    });
    return new Response(body, { status: response.status, headers });
  }

  function end({ route, caller, body, finish }: Call, meter: Meter | undefined, outcome: string): void {
    const isCut = outcome !== "complete";
    if (isCut) logger.info({ roomId: caller.roomId, agent: caller.agent, outcome }, "a model answer was cut off");
    const cutOff = isCut && route.kind === "metered" ? estimateInput(body) : undefined;
    finish(meter?.result() ?? cutOff);
  }

  async function passOnError({ finish, upstream }: Call, response: Response): Promise<Response> {
    const { status } = response;
    problem = status === 401 ? `The model provider refused the key (401).` : undefined;
    const cancel = clock.after(idleTimeoutMs, () => upstream.abort());
    const read = response.body ? await readBody(response.body, maxErrorBytes).catch(() => undefined) : undefined;
    cancel();
    upstream.abort();
    finish(undefined);
    if (status === 401) return refuse("permission_error", texts.badKey);
    if (status < 400) return refuse("api_error", texts.redirected);
    const text = Buffer.from(read ?? []).toString("utf8");
    return new Response(text.replaceAll(secret, "[removed]"), { status, headers: headersToReturn(response.headers) });
  }

  async function serve(request: Request, caller: GatewayCaller, route: Call["route"]): Promise<Response> {
    const giveBack = await slots.take(`${caller.roomId}/${caller.agent}`, request.signal);
    const upstream = new AbortController();
    const abort = () => upstream.abort();
    let isFinished = false;
    const finish: Call["finish"] = (metered) => {
      if (isFinished) return;
      isFinished = true;
      request.signal.removeEventListener("abort", abort);
      giveBack();
      if (metered) report(caller, metered);
    };
    try {
      // It may have been spent while this call waited.
      if (!caller.maySpend()) return end402();
      const body = await readInTime(request);
      if (body instanceof Response) return ended(body);
      request.signal.addEventListener("abort", abort, { once: true });
      if (request.signal.aborted) return ended(refuse("api_error", texts.unreachable));
      return await ask({ route, request, caller, body, upstream, finish });
    } catch (error) {
      finish(undefined);
      throw error;
    }

    function ended(response: Response): Response {
      finish(undefined);
      return response;
    }
    function end402(): Response {
      return ended(refuse("billing_error", texts.budget));
    }
  }

  /** The whole body, or the refusal of one that is too large or too slow. */
  async function readInTime(request: Request): Promise<Uint8Array<ArrayBuffer> | Response> {
    if (!request.body) return new Uint8Array();
    let cancel = () => {};
    const late = new Promise<Response>((resolve) => {
      cancel = clock.after(idleTimeoutMs, () => resolve(refuse("timeout_error", texts.slowBody)));
    });
    const reading = readBody(request.body, maxBodyBytes).then(
      (body) => body ?? refuse("request_too_large", texts.tooLarge),
    );
    return Promise.race([reading, late]).finally(cancel);
  }

  return {
    async handle(request, caller) {
      const route = findRoute(request);
      if (!route) return refuse("permission_error", texts.route);
      if (!hasToken(request.headers, caller.token)) return refuse("permission_error", texts.token);
      if (route.kind === "answer") return new Response(null, { status: 200 });
      if (!caller.maySpend()) return refuse("billing_error", texts.budget);
      return serve(request, caller, route);
    },
    async check(): Promise<Health> {
      if (problem === undefined) return { ok: true };
      return {
        ok: false,
        detail: `${problem} Agents cannot work until that is mended: see ANTHROPIC_API_KEY, CLAUDE_CODE_OAUTH_TOKEN and ANTHROPIC_BASE_URL.`,
      };
    },
  };
}

/** Clients write JSON without spaces; inside a string the quotes would be escaped. Only the time to the first byte depends on it. */
function asksForStream(body: Uint8Array): boolean {
  return Buffer.from(body.buffer, body.byteOffset, body.byteLength).includes('"stream":true');
}

/** In constant time, of whatever length. An empty token is nobody's. */
function hasToken(headers: Headers, token: string): boolean {
  const bearer = /^Bearer\s+(\S+)$/i.exec(headers.get("authorization") ?? "")?.[1];
  const given = headers.get("x-api-key") ?? bearer ?? "";
  const digest = (text: string) => createHash("sha256").update(text).digest();
  return token !== "" && timingSafeEqual(digest(given), digest(token));
}

/** The system's word for it (`ECONNREFUSED`, …): a message may hold more than is good to show. */
function causeOf(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined;
  const code = cause instanceof Error && "code" in cause ? cause.code : undefined;
  return typeof code === "string" ? code : "no connection";
}
