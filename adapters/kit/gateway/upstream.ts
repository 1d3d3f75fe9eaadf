import type { Clock } from "../../../src/ports/clock.js";
import type { Health } from "../../../src/ports/health.js";
import type { Logger } from "../../../src/ports/logger.js";
import type { GatewayCaller } from "../../../src/ports/model-gateway.js";
import { callerKey } from "./admit-call.js";
import type { RawUsage } from "./prices.js";
import { readBodyWithin } from "./read-body.js";
import { createRedactorOf, redactText } from "./redact.js";
import { createSilenceTimeouts } from "./silence-timeouts.js";
import { type BodyOutcome, watchBody } from "./watch-body.js";
import type { Meter, Metered, Route, Wire } from "./wire.js";

export interface UpstreamOptions {
  wire: Wire;
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
  model: string;
  maxTokens: number;
  usage: RawUsage;
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

export function createUpstream(options: UpstreamOptions): Upstream {
  const { wire, clock, logger, idleTimeoutMs, answerTimeoutMs } = options;
  const { refuse, texts } = wire.refusals;
  const silenceTimeouts = createSilenceTimeouts({ idleTimeoutMs, nowMs: () => clock.monotonicMs() });
  const baseUrl = options.baseUrl.replace(/\/+$/, "");
  const newRedactor = createRedactorOf(wire.credential.secret);
  /** The provider's problem according to the last call; undefined: all is well. */
  let problem: string | undefined;

  async function ask(call: Call): Promise<Response> {
    const silenceMs = silenceTimeouts.leftMs(callerKey(call.caller));
    if (silenceMs > 0) return send(call, silenceMs);
    await call.finish("nothing");
    return refuse("timeout_error", texts.gaveUp, { triedAgain: false });
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
      const response = await options.fetch(`${baseUrl}${route.upstreamPath}${route.search}`, {
        method: route.method,
        headers: withCredential(headers),
        body,
        signal: stop.signal,
        redirect: "manual",
      });
      call.onSent();
      return response.ok ? await passOn(call, { response, silenceMs }) : await passOnError(call, response);
    } catch (error) {
      const hasLeft = request.signal.aborted;
      await call.finish(isLate || hasLeft ? "estimate" : "nothing");
      if (isLate) return refuse("timeout_error", texts.silent);
      if (!hasLeft) problem = `The model provider cannot be reached (${causeOf(error)}).`;
      return refuse("api_error", texts.unreachable);
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
    if (status === 401) return refuse("permission_error", texts.badKey);
    if (status < 400) return refuse("api_error", texts.redirected);
    const text = Buffer.from(read ?? []).toString("utf8");
    return new Response(redactText(text, newRedactor()), { status, headers: returned(response) });
  }

  function returned(response: Response): Headers {
    const headers = wire.headersToReturn(response.headers);
    for (const [name, value] of [...headers]) headers.set(name, redactText(value, newRedactor()));
    return headers;
  }

  function check(): Health {
    if (problem === undefined) return { ok: true };
    return { ok: false, detail: `${problem} Agents cannot work until that is mended: see ${wire.settings}.` };
  }

  function withCredential(headers: Headers): Headers {
    // The answer is read as it passes, so it must not be compressed.
    headers.set("accept-encoding", "identity");
    wire.credential.addTo(headers);
    return headers;
  }

  function meterFor(call: Call, response: Response): Meter | undefined {
    if (call.route.kind !== "metered") return undefined;
    const isStream = response.headers.get("content-type")?.startsWith("text/event-stream") === true;
    return wire.createMeter(call, { isStream });
  }

  return { ask, check };
}

/** The system's word (`ECONNREFUSED`, …): a message may hold more than is good to show. */
function causeOf(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined;
  const code = cause instanceof Error && "code" in cause ? cause.code : undefined;
  return typeof code === "string" ? code : "no connection";
}
