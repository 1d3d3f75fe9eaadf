import { createHash, timingSafeEqual } from "node:crypto";
import type { CallReservation, CallUsage } from "../../../src/ports/call-reservation.js";
import type { Clock } from "../../../src/ports/clock.js";
import type { Logger } from "../../../src/ports/logger.js";
import type { GatewayCaller, ModelGateway } from "../../../src/ports/model-gateway.js";
import { createSlots, type Slots } from "../slots.js";
import { type AdmittedCall, callerKey, createAdmission, maxCallBytes } from "./admit-call.js";
import { createBodySpace } from "./body-space.js";
import { createCallReader } from "./call-reader.js";
import { createPrices, type Prices, type PriceTable } from "./prices.js";
import { type Call, createUpstream } from "./upstream.js";
import type { Wire } from "./wire.js";

/** A gateway's limits, and how it reaches its provider. */
export interface GatewayOptions {
  /** Address of the provider's API; its path is kept. */
  baseUrl: string;
  priceTable: PriceTable;
  /** A stream without a byte for this long is cut; default 60 s. Tried again, a call may be silent for half as long once more. */
  idleTimeoutMs?: number;
  /** An answer in one piece may take this long to begin; default 300 s, the most that Node's fetch waits. */
  answerTimeoutMs?: number;
  /** Calls of one agent at a time, others wait; default 8. */
  maxCallsPerAgent?: number;
  /** In place of slots of its own: those that an agent has over several gateways. */
  slots?: Slots;
  /** Memory for the bodies of calls, over all agents; others wait. One agent has half of it at most. At least 64 MiB, default 128 MiB. */
  maxBodyBytesInFlight?: number;
  fetch?: typeof fetch;
  clock: Clock;
  logger: Logger;
}

const defaultBodyBytesInFlight = 4 * maxCallBytes;

/**
 * A provider's API for agents that hold no key: replaces their token with the key, screens requests, meters cost, enforces the budget, and cuts off
 * idle calls.
 */
export function createGateway(wire: Wire, options: GatewayOptions): ModelGateway {
  const { baseUrl, clock, logger, idleTimeoutMs = 60_000, answerTimeoutMs = 300_000, fetch: send = fetch } = options;
  const { refuse, refuseRate, refuseSpending, texts } = wire.refusals;
  const upstream = createUpstream({ wire, baseUrl, idleTimeoutMs, answerTimeoutMs, fetch: send, clock, logger });
  const prices = createPrices(options.priceTable);
  const costOf = createCosts({ prices, logger });
  const slots = options.slots ?? createSlots(options.maxCallsPerAgent ?? 8);
  const maxBytes = options.maxBodyBytesInFlight ?? defaultBodyBytesInFlight;
  const space = createBodySpace({ maxBytes, maxBytesPerCaller: maxBytes / 2, maxWaitMs: idleTimeoutMs, clock });
  const reader = createCallReader({ readBody: wire.readBody, program: wire.readerProgram, clock });
  const admission = createAdmission({ wire, space, reader, prices, bodyTimeoutMs: idleTimeoutMs, clock });

  async function serve(request: Request, caller: GatewayCaller, route: Call["route"]): Promise<Response> {
    const giveSlotBack = await slots.take(callerKey(caller), request.signal);
    let admitted: AdmittedCall | undefined;
    let reservation: CallReservation | undefined;
    const stop = new AbortController();
    const leave = () => stop.abort();
    let isFinished = false;
    const finish: Call["finish"] = async (cost) => {
      if (isFinished) return;
      isFinished = true;
      request.signal.removeEventListener("abort", leave);
      admitted?.giveSpaceBack();
      // The cost is counted before the next call may check the budget.
      if (admitted && reservation) await reservation.settle(costOf(cost, { caller, estimate: admitted.estimate }));
      giveSlotBack();
    };
    const refused = async (response: Response) => {
      await finish("nothing");
      return response;
    };
    try {
      // The budget may have been spent while this call waited for its slot.
      const why = await caller.refusal();
      if (why) return await refused(refuseSpending(why));
      const read = await admission.admit({ request, caller, route });
      if (read instanceof Response) return await refused(read);
      admitted = read;
      if (route.kind === "metered") {
        const answer = await caller.reserve(read.estimate, request.signal);
        if (typeof answer === "string") return await refused(refuseSpending(answer));
        reservation = answer;
      }
      request.signal.throwIfAborted();
      request.signal.addEventListener("abort", leave, { once: true });
      const { giveSpaceBack: onSent, ...sent } = read;
      return await upstream.ask({ ...sent, route, request, caller, stop, onSent, finish });
    } catch (error) {
      await finish("nothing");
      throw error;
    }
  }

  return {
    async handle(request, caller) {
      const route = wire.findRoute(request);
      if (!route) return refuse("permission_error", texts.route);
      if (!isToken(wire.tokenOf(request.headers), caller.token)) return refuse("permission_error", texts.token);
      if (route.kind === "answer") return wire.answer(route, () => caller.allowedContent());
      const why = await caller.refusal();
      if (why) return refuseSpending(why);
      const retryAfterMs = await caller.countCall();
      if (retryAfterMs !== undefined) return refuseRate(retryAfterMs);
      return serve(request, caller, route);
    },
    check: async () => upstream.check(),
  };
}

type CostOf = (
  cost: Parameters<Call["finish"]>[0],
  call: { caller: GatewayCaller; estimate: CallUsage },
) => CallUsage | undefined;

/** Prices a call; undefined if it cost nothing. */
function createCosts({ prices, logger }: { prices: Prices; logger: Logger }): CostOf {
  const unknownModels = new Set<string>();
  return (cost, { caller: { roomId, agent }, estimate }) => {
    if (cost === "nothing") return undefined;
    const usage = cost === "estimate" ? estimate : { ...prices.usageOf(cost.model, cost.usage), model: cost.model };
    const { model } = usage;
    if (!prices.knows(model) && !unknownModels.has(model)) {
      unknownModels.add(model);
      logger.warn({ model }, "no price for this model: it counts as the dearest one; add it to the price table");
    }
    logger.debug({ roomId, agent, isEstimate: cost === "estimate", ...usage }, "model call");
    return usage;
  };
}

/** Constant-time comparison for any length. An empty token never matches. */
function isToken(given: string, token: string): boolean {
  const digest = (text: string) => createHash("sha256").update(text).digest();
  return token !== "" && timingSafeEqual(digest(given), digest(token));
}
