import type { Clock } from "../../src/ports/clock.js";
import type { Health } from "../../src/ports/health.js";
import type { Logger } from "../../src/ports/logger.js";
import type { GatewayCaller } from "../../src/ports/model-gateway.js";
import { callerKey } from "./admit-call.js";
import { createJsonMeter, createStreamMeter, type Meter, type Metered } from "./meter.js";
import { readBodyWithin } from "./read-body.js";
import { createRedactorOf, redactText } from "./redact.js";
import { gatewayRefusals, refuse } from "./refusals.js";
import { headersToReturn, type Route } from "./routes.js";
import { createSilenceTimeouts } from "./silence-timeouts.js";
import { type BodyOutcome, watchBody } from "./watch-body.js";

/** The real credential; it leaves this adapter only in a header to `baseUrl`. */
export type ModelCredential = { apiKey: string } | { oauthToken: string };

export interface UpstreamOptions {
  credential: ModelCredential;
  baseUrl: string;
  idleTimeoutMs: number;
  answerTimeoutMs: number;
  fetch: typeof fetch;
  clock: Clock;
  logger: Logger;
}

/** One call that was let through. */
export interface Call {
  route: Route & { search: string };
  request: Request;
  caller: GatewayCaller;
  body: Uint8Array<ArrayBuffer>;
  /** Headers for the provider, without a credential. */
  headers: Headers;
  isStream: boolean;
  maxTokens: number;
  /** Ends the call to the provider. */
  stop: AbortController;
  /** Called once the provider has the body, or nothing will be sent. */
  onSent(): void;
  /**
   * Call it once the answer has ended in any way; only the first call counts. `estimate`: the cost is unknown. `nothing`: it cost nothing. Resolves
   * once its cost is counted; never rejects.
   */
  finish(cost: Metered | "estimate" | "nothing"): Promise<void>;
}

/** The way to the provider. */
export interface Upstream {
  ask(call: Call): Promise<Response>;
  check(): Health;
}

const maxErrorBytes = 64 * 1_024;
const oauthBeta = "oauth-2025-04-20";

export function createUpstream(options: UpstreamOptions): Upstream {
  const { credential, clock, logger, idleTimeoutMs, answerTimeoutMs } = options;
  const silenceTimeouts = createSilenceTimeouts({ idleTimeoutMs, nowMs: () => clock.monotonicMs() });
  const baseUrl = options.baseUrl.replace(/\/+$/, "");
  const newRedactor = createRedactorOf("apiKey" in credential ? credential.apiKey : credential.oauthToken);
  /** The provider's problem according to the last call; undefined: all is well. */
  let problem: string | undefined;

  async function ask(call: Call): Promise<Response> {
    const silenceMs = silenceTimeouts.leftMs(callerKey(call.caller));
    if (silenceMs > 0) return send(call, silenceMs);
    await call.finish("nothing");
    return refuse("timeout_error", gatewayRefusals.gaveUp, { triedAgain: false });
  }

  async function send(call: Call, silenceMs: number): Promise<Response> {
    const { route, request, headers, body, stop } = call;
    const isTriedAgain = silenceMs < idleTimeoutMs;
    const waitMs = call.isStream || isTriedAgain ? silenceMs : answerTimeoutMs;
    let isLate = false;
    const cancel = clock.after(waitMs, () => {
      isLate = true;
      silenceTimeouts.wasSilent(callerKey(call.caller), waitMs);
      stop.abort();
    });
    try {
      const response = await options.fetch(`${baseUrl}${route.path}${route.search}`, {
        method: route.method,
        headers: withCredential(headers, credential),
        body,
        signal: stop.signal,
        redirect: "manual",
      });
      call.onSent();
      return response.ok ? await passOn(call, { response, silenceMs }) : await passOnError(call, response);
    } catch (error) {
      const hasLeft = request.signal.aborted;
      await call.finish(isLate || hasLeft ? "estimate" : "nothing");
      if (isLate) return refuse("timeout_error", gatewayRefusals.silent);
      if (!hasLeft) problem = `The model provider cannot be reached (${causeOf(error)}).`;
      return refuse("api_error", gatewayRefusals.unreachable);
    } finally {
      cancel();
    }
  }

  async function passOn(
    call: Call,
    { response, silenceMs }: { response: Response; silenceMs: number },
  ): Promise<Response> {
    problem = undefined;
    const headers = returned(response);
    const meter = meterFor(call, response);
    if (!response.body) {
      await call.finish("estimate");
      return new Response(null, { status: response.status, headers });
    }
    const onEnd = (outcome: BodyOutcome) => {
      const isWhole = outcome === "complete";
      if (isWhole) silenceTimeouts.answered(callerKey(call.caller));
      if (outcome === "stalled") silenceTimeouts.wasSilent(callerKey(call.caller), silenceMs);
      const { roomId, agent } = call.caller;
      if (!isWhole) logger.info({ roomId, agent, outcome }, "a model's answer was cut off");
      return call.finish(meter?.result() ?? "estimate");
    };
    const onChunk = (chunk: Uint8Array) => meter?.read(chunk);
    const body = watchBody(response.body, {
      clock,
      idleTimeoutMs: silenceMs,
      onChunk,
      redactor: newRedactor(),
      onEnd,
      stop: () => call.stop.abort(),
    });
    return new Response(body, { status: response.status, headers });
  }

  async function passOnError({ finish, stop }: Call, response: Response): Promise<Response> {
    const { status } = response;
    problem = status === 401 ? "The model provider refused the key (401)." : undefined;
    const cancel = clock.after(idleTimeoutMs, () => stop.abort());
    const read = response.body ? await readBodyWithin(response.body, maxErrorBytes).catch(() => undefined) : undefined;
    cancel();
    stop.abort();
    await finish("nothing");
    if (status === 401) return refuse("permission_error", gatewayRefusals.badKey);
    if (status < 400) return refuse("api_error", gatewayRefusals.redirected);
    const text = Buffer.from(read ?? []).toString("utf8");
    return new Response(redactText(text, newRedactor()), { status, headers: returned(response) });
  }

  function returned(response: Response): Headers {
    const headers = headersToReturn(response.headers);
    for (const [name, value] of [...headers]) headers.set(name, redactText(value, newRedactor()));
    return headers;
  }

  function check(): Health {
    if (problem === undefined) return { ok: true };
    const advice =
      "Agents cannot work until that is mended: see ANTHROPIC_API_KEY, CLAUDE_CODE_OAUTH_TOKEN and ANTHROPIC_BASE_URL.";
    return { ok: false, detail: `${problem} ${advice}` };
  }

  return { ask, check };
}

function withCredential(headers: Headers, credential: ModelCredential): Headers {
  // The answer is read as it passes, so it must not be compressed.
  headers.set("accept-encoding", "identity");
  if ("apiKey" in credential) {
    headers.set("x-api-key", credential.apiKey);
    return headers;
  }
  headers.set("authorization", `Bearer ${credential.oauthToken}`);
  const betas = headers.get("anthropic-beta");
  if (!betas?.includes("oauth-")) headers.set("anthropic-beta", betas ? `${betas},${oauthBeta}` : oauthBeta);
  return headers;
}

function meterFor({ route, maxTokens }: Call, response: Response): Meter | undefined {
  if (route.kind !== "metered") return undefined;
  const isStream = response.headers.get("content-type")?.startsWith("text/event-stream") === true;
  return isStream ? createStreamMeter(maxTokens) : createJsonMeter();
}

/** The system's word (`ECONNREFUSED`, …): a message may hold more than is good to show. */
function causeOf(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined;
  const code = cause instanceof Error && "code" in cause ? cause.code : undefined;
  return typeof code === "string" ? code : "no connection";
}
