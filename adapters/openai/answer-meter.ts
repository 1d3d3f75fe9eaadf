import { z } from "zod";
import { createJsonAnswerMeter } from "../kit/gateway/json-answer.js";
import type { Meter, Metered, MeteredCall } from "../kit/gateway/wire.js";
import { openAiUsageSchema, searchesIn, speedOf } from "./usage.js";

/** A response, or a chat completion, with its count. */
export const countedAnswerSchema = z.object({
  model: z.string().optional(),
  usage: openAiUsageSchema,
  service_tier: z.string().nullish(),
  output: z.unknown().optional(),
});

/** What an answer cost that came with its count; `model`: of the call, where the answer names none. */
export function meteredAnswer(answer: z.infer<typeof countedAnswerSchema>, model: string): Metered {
  const { usage, service_tier: tier, output } = answer;
  return {
    model: answer.model ?? model,
    usage: { ...usage, ...speedOf(tier), server_tool_use: searchesIn(output) },
  };
}

/** An answer in one piece. One that was cut off says nothing. */
export function createAnswerMeter({ model }: Pick<MeteredCall, "model">): Meter {
  return createJsonAnswerMeter((answer) => {
    const { data } = countedAnswerSchema.safeParse(answer);
    return data && meteredAnswer(data, model);
  });
}
