import type { Usage } from "../../src/core/room/event.js";
import type { CallReservation } from "../../src/ports/call-reservation.js";
import type { GatewayCaller, ModelGateway } from "../../src/ports/model-gateway.js";

/** The model's text, in pieces, and the cost so far when the caller stops listening. */
export interface ModelAnswer {
  pieces: AsyncIterable<string> | Iterable<string>;
  usage: Usage & { model: string };
}

const route = "/v1/messages";
const overBudget = "The budget is used up. A person has to raise it.";

function refuse(status: 402 | 403 | 404, message: string): Response {
  return Response.json({ type: "error", error: { message } }, { status });
}

const tokenOf = (request: Request): string =>
  request.headers.get("x-api-key") ?? request.headers.get("authorization")?.replace(/^Bearer /, "") ?? "";

/** A model in memory: `answer` returns its text for a request's body. It takes `POST /v1/messages` and answers with plain text, in pieces. */
export function createMemoryModelGateway(options: {
  answer: (body: unknown, caller: GatewayCaller) => ModelAnswer | Promise<ModelAnswer>;
}): ModelGateway {
  return {
    async handle(request, caller) {
      if (request.method !== "POST" || new URL(request.url).pathname !== route) {
        return refuse(403, `Only POST ${route} is allowed from here.`);
      }
      if (tokenOf(request) !== caller.token) return refuse(403, "This token is not the agent's.");
      if (!(await caller.isAllowed())) return refuse(402, overBudget);
      const body: unknown = await request.json();
      const answer = await options.answer(body, caller);
      const reservation = await caller.reserve(answer.usage, request.signal);
      if (typeof reservation === "string") return refuse(402, overBudget);
      return new Response(toStream(answer, reservation), { headers: { "content-type": "text/plain; charset=utf-8" } });
    },
    check: async () => ({ ok: true }),
  };
}

/** Reports usage once: when everything was said, when the caller went away, and when the model failed. */
function toStream(answer: ModelAnswer, reservation: CallReservation): ReadableStream<Uint8Array> {
  const pieces =
    Symbol.asyncIterator in answer.pieces ? answer.pieces[Symbol.asyncIterator]() : answer.pieces[Symbol.iterator]();
  const report = () => reservation.settle(answer.usage);
  return new ReadableStream({
    async pull(controller) {
      try {
        const { done, value } = await pieces.next();
        if (!done) return controller.enqueue(new TextEncoder().encode(value));
        await report();
        controller.close();
      } catch (error) {
        await report();
        controller.error(error);
      }
    },
    async cancel() {
      await report();
      await pieces.return?.();
    },
  });
}
