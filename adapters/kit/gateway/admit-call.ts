import type { CallUsage } from "../../../src/ports/call-reservation.js";
import type { Clock } from "../../../src/ports/clock.js";
import type { BlockedContent, GatewayCaller } from "../../../src/ports/model-gateway.js";
import type { BodySpace } from "./body-space.js";
import type { CallReader } from "./call-reader.js";
import type { Prices, RawUsage } from "./prices.js";
import { readBodyWithin } from "./read-body.js";
import type { ReadCall, Route, Wire } from "./wire.js";

/** The largest body that is taken, as the provider has it. */
export const maxCallBytes = 32 * 1_024 * 1_024;

/** A call whose content may be sent. */
export interface AdmittedCall {
  body: Uint8Array<ArrayBuffer>;
  /** For the provider, without a credential. */
  headers: Headers;
  isStream: boolean;
  model: string;
  maxTokens: number;
  /** The tokens it may use at most, and what they cost, as far as that can be told. */
  usage: RawUsage;
  /** The most it can cost, as far as that can be told. */
  estimate: CallUsage;
  /** Releases the memory of its body. */
  giveSpaceBack(): void;
}

/** Reads a call and compares it with what its agent may ask for. */
export interface CallAdmission {
  /** The call, or the answer that refuses one that is too large, too slow, unreadable or asks for more than it may. */
  admit(call: { request: Request; caller: GatewayCaller; route: Route }): Promise<AdmittedCall | Response>;
}

export function createAdmission(options: {
  wire: Wire;
  space: BodySpace;
  reader: CallReader;
  prices: Prices;
  /** A body that has not come as a whole within this is refused. */
  bodyTimeoutMs: number;
  clock: Clock;
}): CallAdmission {
  const { wire, space, reader, prices, bodyTimeoutMs, clock } = options;
  const { refuse, refuseContent, texts } = wire.refusals;

  async function readInTime(source: ReadableStream<Uint8Array>): Promise<Uint8Array<ArrayBuffer> | Response> {
    let cancel = () => {};
    const over = new AbortController();
    const late = new Promise<Response>((resolve) => {
      cancel = clock.after(bodyTimeoutMs, () => {
        resolve(refuse("timeout_error", texts.slowBody));
        // Its memory is given back, so nothing more of it is kept.
        over.abort();
      });
    });
    const readable = source.pipeThrough(new TransformStream<Uint8Array, Uint8Array>(), { signal: over.signal });
    const body = readBodyWithin(readable, maxCallBytes);
    return Promise.race([body.then((read) => read ?? refuse("request_too_large", texts.tooLarge)), late]).finally(
      cancel,
    );
  }

  /** The request to forward, or the refusal of a body that asks for more than the agent may have. */
  async function screen(
    body: Uint8Array<ArrayBuffer>,
    { request, caller, route }: { request: Request; caller: GatewayCaller; route: Route },
  ): Promise<Screened | Response> {
    const allowed = await caller.allowedContent();
    const call = await reader.read(body, { allowed, form: route.form });
    if (call === "too-large") return refuse("request_too_large", texts.tooLargeToRead);
    if (!call || (route.kind === "metered" && call.maxTokens === 0))
      return refuse("invalid_request_error", texts.unreadable);
    if (call.blocked) {
      const shown = { what: call.blocked.what, name: shownName(call.blocked.name) };
      caller.onBlocked({ outcome: "refused", ...shown });
      return refuseContent(shown);
    }
    const { headers, dropped } = wire.headersToForward(request.headers, allowed);
    for (const name of dropped) caller.onBlocked(droppedBeta(name));
    const { bytes, isStream, model, maxTokens, usage } = call;
    return { call, sent: { body: bytes, headers, isStream, model, maxTokens, usage } };
  }

  return {
    async admit({ request, caller, route }) {
      const bytes = declaredBytes(request);
      if (bytes > maxCallBytes) return refuse("request_too_large", texts.tooLarge);
      const giveSpaceBack = await space.take(callerKey(caller), { bytes, signal: request.signal });
      if (!giveSpaceBack) return refuse("overloaded_error", texts.busy);
      try {
        const body = request.body ? await readInTime(request.body) : new Uint8Array();
        const screened = body instanceof Response ? body : await screen(body, { request, caller, route });
        if (!(screened instanceof Response))
          return { ...screened.sent, estimate: estimateOf(screened.call, prices), giveSpaceBack };
        giveSpaceBack();
        return screened;
      } catch (error) {
        giveSpaceBack();
        throw error;
      }
    },
  };
}

/** The caller. Slots and memory are counted per caller. */
export function callerKey({ roomId, agent }: Pick<GatewayCaller, "roomId" | "agent">): string {
  return `${roomId}/${agent}`;
}

/** A body that does not say how long it is may be as long as any. */
function declaredBytes(request: Request): number {
  const length = request.headers.get("content-length");
  if (length === null) return request.body ? maxCallBytes : 0;
  return /^\d+$/.test(length) ? Number(length) : maxCallBytes;
}

type Screened = {
  call: ReadCall;
  sent: Pick<AdmittedCall, "body" | "headers" | "isStream" | "model" | "maxTokens" | "usage">;
};

/** The most a call can cost, as far as that can be told. */
export function estimateOf({ model, usage }: Pick<ReadCall, "model" | "usage">, prices: Prices): CallUsage {
  return { ...prices.usageOf(model, usage), model };
}

const droppedBeta = (name: string): BlockedContent => ({
  outcome: "dropped",
  what: "beta header",
  name: shownName(name),
});

const maxShownChars = 80;

/** Names come from the agent: visible ASCII alone, and not much of it. */
function shownName(name: string): string {
  const plain = name.slice(0, 4 * maxShownChars).replace(/[^!-~ ]/g, "?");
  return plain.length > maxShownChars ? `${plain.slice(0, maxShownChars - 3)}...` : plain;
}
