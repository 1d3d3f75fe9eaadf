import { type Script, text } from "./script.js";
import { type AnthropicEmulator, DEFAULT_API_KEY, type EmulatorOptions, startAnthropicEmulator } from "./server.js";

/** Headers every request of a client carries. */
export const clientHeaders = (more: Readonly<Record<string, string>> = {}): Record<string, string> => ({
  "x-api-key": DEFAULT_API_KEY,
  "anthropic-version": "2023-06-01",
  "content-type": "application/json",
  ...more,
});

/** A valid request that asks `prompt`. */
export const ask = (prompt: string, more: Readonly<Record<string, unknown>> = {}): Record<string, unknown> => ({
  model: "claude-opus-5-5",
  max_tokens: 1_000,
  messages: [{ role: "user", content: prompt }],
  ...more,
});

export const post = (options: {
  url: string;
  body: unknown;
  headers?: Record<string, string>;
  signal?: AbortSignal;
}): Promise<Response> =>
  fetch(`${options.url}/v1/messages?beta=true`, {
    method: "POST",
    headers: options.headers ?? clientHeaders(),
    body: typeof options.body === "string" ? options.body : JSON.stringify(options.body),
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  });

export interface WireEvent {
  readonly event: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** Frames of an event stream; a frame that is not `event:` and `data:` throws. */
export const parseEvents = (text: string): readonly WireEvent[] =>
  text
    .split("\n\n")
    .filter((frame) => frame !== "")
    .map((frame) => {
      const match = /^event: (\S+)\ndata: (.*)$/.exec(frame);
      if (match?.[1] === undefined || match[2] === undefined) throw new Error(`not an SSE frame: ${frame}`);
      return { event: match[1], data: JSON.parse(match[2]) as Record<string, unknown> };
    });

/** The frames of one streamed answer. */
export const stream = async (url: string, body: object): Promise<readonly WireEvent[]> =>
  parseEvents(await (await post({ url, body: { ...body, stream: true } })).text());

/** A JSON answer or refusal. */
export interface Reply {
  readonly type: string;
  readonly error?: { readonly type: string; readonly message: string };
  readonly request_id?: string;
  readonly content?: readonly Record<string, unknown>[];
  readonly stop_reason?: string;
  readonly usage?: Record<string, number>;
  readonly input_tokens?: number;
}
export const reply = async (response: Response): Promise<Reply> => (await response.json()) as Reply;

/** Says the same to everything. */
export const says =
  (value: string): Script =>
  () =>
    text(value);

/** Emulators that are stopped together, e.g. after each test. */
export const createEmulators = () => {
  const started: AnthropicEmulator[] = [];
  return {
    start: async (options: EmulatorOptions = {}): Promise<AnthropicEmulator> => {
      const emulator = await startAnthropicEmulator(options);
      started.push(emulator);
      return emulator;
    },
    stop: async (): Promise<void> => {
      await Promise.all(started.splice(0).map((emulator) => emulator.stop()));
    },
  };
};
