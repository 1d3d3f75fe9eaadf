import type { CallReservation, CallUsage } from "../../src/ports/call-reservation.js";
import type { Clock } from "../../src/ports/clock.js";
import type { AllowedContent, GatewayCaller, ModelGateway } from "../../src/ports/model-gateway.js";
import { settle } from "../kit/settle.js";
import { createSlots } from "../kit/slots.js";

/** The model's text, in pieces, and the cost so far when the caller stops listening. */
export interface ModelAnswer {
  pieces: AsyncIterable<string> | Iterable<string>;
  usage: CallUsage;
}

/** The body of a call: JSON with at least the name of a model. */
export interface ModelCall {
  model: string;
  [member: string]: unknown;
}

/** How the model in memory answers. */
export interface MemoryModelGatewayOptions {
  /** The model: asked once a call may be sent. */
  answer: (call: ModelCall, caller: GatewayCaller) => ModelAnswer | Promise<ModelAnswer>;
  /** The most a call can cost, for its reservation. */
  estimate: (call: ModelCall) => CallUsage;
  /** Calls of one agent at a time, others wait; default 8. */
  maxCallsPerAgent?: number;
  /** An answer without a piece for this long is cut; default 60 s. */
  idleTimeoutMs?: number;
  clock: Clock;
}

type RefusalStatus = 400 | 402 | 403 | 429 | 504;

const route = "/v1/messages";
const overBudget = "The budget is used up. A person has to raise it.";
const texts = {
  route: `Only POST ${route} is allowed from here.`,
  token: "This token is not the agent's.",
  rate: "Too many calls a minute.",
  unreadable: "The request is not a JSON object with a model.",
  model: "This model is not allowed to agents of this room.",
  wait: "Other calls under way held the rest of the budget for too long.",
};

const refuse = (status: RefusalStatus, message: string): Response =>
  Response.json({ type: "error", error: { message } }, { status });

const tokenOf = (request: Request): string =>
  request.headers.get("x-api-key") ?? request.headers.get("authorization")?.replace(/^Bearer /, "") ?? "";

/** A model in memory. It takes `POST /v1/messages` with JSON that names a model, and answers with plain text, in pieces. */
export function createMemoryModelGateway(options: MemoryModelGatewayOptions): ModelGateway {
  const { answer, estimate, maxCallsPerAgent = 8, idleTimeoutMs = 60_000, clock } = options;
  const slots = createSlots(maxCallsPerAgent);

  /** The answer, or the refusal of a call that has its slot. `end` gives the slot back. */
  async function serve(request: Request, caller: GatewayCaller, end: () => void): Promise<Response> {
    const refused = (status: RefusalStatus, message: string) => {
      end();
      return refuse(status, message);
    };
    // The budget may have been spent while this call waited for its slot.
    if (await caller.refusal()) return refused(402, overBudget);
    const call = await readCall(request);
    if (!call) return refused(400, texts.unreadable);
    if (!isListed(call.model, await caller.allowedContent())) {
      caller.onBlocked({ outcome: "refused", what: "model", name: call.model });
      return refused(403, texts.model);
    }
    const reservation = await caller.reserve(estimate(call), request.signal);
    if (reservation === "timeout") return refused(504, texts.wait);
    if (typeof reservation === "string") return refused(402, overBudget);
    const said = await askModel(reservation, async () => {
      request.signal.throwIfAborted();
      return answer(call, caller);
    });
    const finish = () => reservation.settle(said.usage).finally(end);
    const body = toStream(said, { finish, signal: request.signal, idleTimeoutMs, clock });
    return new Response(body, { headers: { "content-type": "text/plain; charset=utf-8" } });
  }

  return {
    async handle(request, caller) {
      if (request.method !== "POST" || new URL(request.url).pathname !== route) return refuse(403, texts.route);
      if (caller.token === "" || tokenOf(request) !== caller.token) return refuse(403, texts.token);
      if (await caller.refusal()) return refuse(402, overBudget);
      if ((await caller.countCall()) !== undefined) return refuse(429, texts.rate);
      const giveSlotBack = await slots.take(`${caller.roomId}/${caller.agent}`, request.signal);
      try {
        return await serve(request, caller, giveSlotBack);
      } catch (error) {
        giveSlotBack();
        throw error;
      }
    },
    check: async () => ({ ok: true }),
  };
}

/** A call that did not reach the model cost nothing. */
async function askModel(reservation: CallReservation, ask: () => Promise<ModelAnswer>): Promise<ModelAnswer> {
  try {
    return await ask();
  } catch (error) {
    await reservation.settle(undefined);
    throw error;
  }
}

async function readCall(request: Request): Promise<ModelCall | undefined> {
  const body: unknown = await request.json().catch(() => undefined);
  const isCall = typeof body === "object" && body !== null && "model" in body && typeof body.model === "string";
  return isCall ? (body as ModelCall) : undefined;
}

/** By its id, or by its family: a word of the id. */
function isListed(model: string, { models }: AllowedContent): boolean {
  return models.some((one) => model === one || model.split("-").includes(one));
}

interface Streaming {
  /** Counts what the answer cost. Called once, however it ends: complete, broken off by the model, left by the caller, standing still. */
  finish(): Promise<void>;
  signal: AbortSignal;
  idleTimeoutMs: number;
  clock: Clock;
}

function toStream(
  answer: ModelAnswer,
  { finish, signal, idleTimeoutMs, clock }: Streaming,
): ReadableStream<Uint8Array> {
  const pieces = piecesOf(answer);
  const left = new Promise<never>((_, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
  left.catch(() => undefined);
  const next = async () => {
    const settled = await settle(clock, Promise.race([pieces.next(), left]), idleTimeoutMs);
    if (settled.kind === "done") return settled.value;
    throw settled.kind === "failed" ? settled.error : new Error(`the model said nothing for ${idleTimeoutMs} ms`);
  };
  return new ReadableStream(
    {
      async pull(controller) {
        try {
          const { done, value } = await next();
          if (!done) return controller.enqueue(new TextEncoder().encode(value));
          await finish();
          controller.close();
        } catch (error) {
          await finish();
          controller.error(error);
        }
      },
      async cancel() {
        await finish();
        await pieces.return?.();
      },
    },
    { highWaterMark: 0 },
  );
}

function piecesOf({ pieces }: ModelAnswer): AsyncIterator<string> | Iterator<string> {
  return Symbol.asyncIterator in pieces ? pieces[Symbol.asyncIterator]() : pieces[Symbol.iterator]();
}
