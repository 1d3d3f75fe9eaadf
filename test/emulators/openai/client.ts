import { DEFAULT_OPENAI_KEY } from "./server.js";

/** Headers every request of a client carries. */
export const openAiHeaders = (key: string = DEFAULT_OPENAI_KEY): Record<string, string> => ({
  authorization: `Bearer ${key}`,
  "content-type": "application/json",
});

/** A valid body of `POST /v1/responses` that asks `prompt`. */
export const askResponses = (
  prompt: string,
  more: Readonly<Record<string, unknown>> = {},
): Record<string, unknown> => ({
  model: "gpt-6.2-sol",
  input: [{ type: "message", role: "user", content: [{ type: "input_text", text: prompt }] }],
  store: false,
  ...more,
});

/** A valid body of `POST /v1/chat/completions` that asks `prompt`. */
export const askChat = (prompt: string, more: Readonly<Record<string, unknown>> = {}): Record<string, unknown> => ({
  model: "gpt-6.2-sol",
  messages: [{ role: "user", content: prompt }],
  ...more,
});

/** Posts to a route of the emulator, as `/responses`. */
export const postOpenAi = (options: {
  url: string;
  path: string;
  body: unknown;
  headers?: Record<string, string>;
  signal?: AbortSignal;
}): Promise<Response> =>
  fetch(`${options.url}${options.path}`, {
    method: "POST",
    headers: options.headers ?? openAiHeaders(),
    body: typeof options.body === "string" ? options.body : JSON.stringify(options.body),
    ...(options.signal && { signal: options.signal }),
  });

/** The data of each frame of an event stream; `event:`, where there is one, has to name the same type. */
export const openAiEvents = (text: string): readonly Readonly<Record<string, unknown>>[] =>
  text
    .split("\n\n")
    .filter((frame) => frame !== "" && frame !== "data: [DONE]")
    .map((frame) => {
      const match = /^(?:event: (\S+)\n)?data: (.*)$/.exec(frame);
      const data = JSON.parse(match?.[2] ?? "null") as Record<string, unknown>;
      if (match?.[1] !== undefined && match[1] !== data.type) throw new Error(`not one event: ${frame}`);
      return data;
    });
