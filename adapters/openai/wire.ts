import { readerProgram } from "../kit/gateway/call-reader.js";
import type { Wire } from "../kit/gateway/wire.js";
import { createAnswerMeter } from "./answer-meter.js";
import { listModels } from "./models.js";
import { readOpenAiCall } from "./read-call.js";
import { openAiRefusals } from "./refusals.js";
import { findOpenAiRoute, openAiHeadersToForward, openAiHeadersToReturn } from "./routes.js";
import { createChatMeter, createResponsesMeter } from "./stream-meters.js";

/** OpenAI's API. */
export function createOpenAiWire(apiKey: string): Wire {
  return {
    findRoute: findOpenAiRoute,
    tokenOf: (headers) => /^Bearer\s+(\S+)$/i.exec(headers.get("authorization") ?? "")?.[1] ?? "",
    refusals: openAiRefusals,
    readBody: readOpenAiCall,
    readerProgram: readerProgram("call-reader-thread", import.meta.url),
    headersToForward: openAiHeadersToForward,
    headersToReturn: openAiHeadersToReturn,
    createMeter(call, { isStream }) {
      if (!isStream) return createAnswerMeter(call);
      return call.route.form === "chat" ? createChatMeter(call) : createResponsesMeter(call);
    },
    answer: async (_route, allowed) => listModels((await allowed()).models),
    credential: { secret: apiKey, addTo: (headers) => headers.set("authorization", `Bearer ${apiKey}`) },
    settings: "OPENAI_API_KEY and OPENAI_BASE_URL",
  };
}
