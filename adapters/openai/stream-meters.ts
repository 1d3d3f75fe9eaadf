import { z } from "zod";
import { billedOutput } from "../kit/gateway/cut-off-output.js";
import { createDataLines } from "../kit/gateway/data-lines.js";
import { parseOrUndefined } from "../kit/gateway/json-answer.js";
import type { Meter, Metered, MeteredCall } from "../kit/gateway/wire.js";
import { countedAnswerSchema, meteredAnswer } from "./answer-meter.js";

/** The last event of a stream holds the whole answer. */
const maxLineBytes = 4 * 1_024 * 1_024;

/** What one event of a stream says of its cost. */
type Said = { kind: "begun"; model: string } | { kind: "output"; bytes: number } | { kind: "ended"; metered: Metered };

const startSchema = z.object({ type: z.literal("response.created"), response: z.object({ model: z.string() }) });
const deltaSchema = z.object({ type: z.string().endsWith(".delta"), delta: z.string() });
const endSchema = z.object({
  type: z.enum(["response.completed", "response.incomplete", "response.failed"]),
  response: countedAnswerSchema,
});
/** Lines without one of these words say nothing of the cost, and are not parsed. */
const telling = /"response\.(?:created|completed|incomplete|failed)"|\.delta"/;

/**
 * Server-sent events of `POST /v1/responses`: the last one carries the count of the whole. Where the stream ends before that, the input is the call's
 * estimate, and output is estimated from the deltas that passed.
 */
export function createResponsesMeter(call: MeteredCall): Meter {
  return createStreamMeter(call, (data) => {
    if (!telling.test(data)) return [];
    const event = parseOrUndefined(data);
    const started = startSchema.safeParse(event).data;
    if (started) return [{ kind: "begun", model: started.response.model }];
    const delta = deltaSchema.safeParse(event).data;
    if (delta) return [{ kind: "output", bytes: Buffer.byteLength(delta.delta) }];
    const ended = endSchema.safeParse(event).data;
    return ended ? [{ kind: "ended", metered: meteredAnswer(ended.response, call.model) }] : [];
  });
}

const toolDeltaSchema = z.looseObject({
  function: z.looseObject({ arguments: z.string().nullish() }).nullish(),
  custom: z.looseObject({ input: z.string().nullish() }).nullish(),
});
const chunkSchema = z.looseObject({
  model: z.string(),
  usage: z.unknown().optional(),
  choices: z
    .array(
      z.looseObject({
        delta: z
          .looseObject({
            content: z.string().nullish(),
            refusal: z.string().nullish(),
            reasoning_content: z.string().nullish(),
            tool_calls: z.array(toolDeltaSchema).nullish(),
          })
          .nullish(),
      }),
    )
    .catch([]),
});

/** Server-sent events of `POST /v1/chat/completions`: a chunk at the end carries the count, for the gateway asks for it. */
export function createChatMeter(call: MeteredCall): Meter {
  return createStreamMeter(call, (data) => {
    const event = parseOrUndefined(data);
    const chunk = chunkSchema.safeParse(event).data;
    if (!chunk) return [];
    const said: Said[] = [
      { kind: "begun", model: chunk.model },
      { kind: "output", bytes: bytesOf(chunk) },
    ];
    const counted = countedAnswerSchema.safeParse(event).data;
    return counted ? [...said, { kind: "ended", metered: meteredAnswer(counted, call.model) }] : said;
  });
}

function bytesOf({ choices }: z.infer<typeof chunkSchema>): number {
  const texts = choices.flatMap(({ delta }) => [
    ...[delta?.content, delta?.refusal, delta?.reasoning_content],
    ...(delta?.tool_calls ?? []).flatMap((tool) => [tool.function?.arguments, tool.custom?.input]),
  ]);
  return texts.reduce<number>((sum, text) => sum + Buffer.byteLength(text ?? ""), 0);
}

function createStreamMeter(call: MeteredCall, saidIn: (data: string) => readonly Said[]): Meter {
  let model: string | undefined;
  let ended: Metered | undefined;
  let outputBytes = 0;
  const onData = (data: string) => {
    for (const said of saidIn(data)) {
      if (said.kind === "begun") model ??= said.model;
      else if (said.kind === "output") outputBytes += said.bytes;
      else ended = said.metered;
    }
  };
  const onTooLong = (bytes: number) => {
    outputBytes += bytes;
  };
  return {
    read: createDataLines({ onData, onTooLong, maxLineBytes }),
    result() {
      if (ended || model === undefined) return ended;
      const output = billedOutput({ bytes: outputBytes }, call.maxTokens);
      return { model, usage: { ...call.usage, output_tokens: output } };
    },
  };
}
