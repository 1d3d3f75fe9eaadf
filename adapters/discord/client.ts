import { REST } from "discord.js";
import type { ChatCallKind } from "../kit/call-failure.js";
import type { UnnamedLimit } from "../kit/unnamed-limit.js";
import { toChatError } from "./errors.js";
import { createPatientRequest } from "./patient-request.js";

/** Longest a single call may take, ms. */
const callTimeoutMs = 10_000;

export interface DiscordClient {
  /** The SDK forgets its token at the first 401, so every call sets it again. */
  rest(): REST;
  readonly token: string;
}

/** Calls are sent once, for the SDK's own retries post twice when an answer is lost; and none waits for a rate limit in here. */
export function createDiscordClient({
  botToken,
  apiUrl,
  limit,
}: {
  botToken: string;
  apiUrl: string | undefined;
  limit: UnnamedLimit;
}): DiscordClient {
  const rest = new REST({
    version: "10",
    ...(apiUrl === undefined ? {} : { api: apiUrl.replace(/\/+$/, "") }),
    retries: 0,
    timeout: callTimeoutMs,
    rejectOnRateLimit: () => true,
    makeRequest: createPatientRequest(limit),
  });
  return {
    rest: () => rest.setToken(botToken),
    token: botToken,
  };
}

/** Kinds of calls by what their failure means. */
export const callKinds = {
  post: { effect: "write", limited: "channel" },
  edit: { effect: "write", limited: "platform" },
  read: { effect: "read", limited: "platform" },
} as const satisfies Record<string, ChatCallKind>;

/** Runs a call; a failure becomes a `ChatError` that names the operation. */
export async function calling<T>(kind: keyof typeof callKinds, doing: string, run: () => Promise<unknown>): Promise<T> {
  try {
    return (await run()) as T;
  } catch (error) {
    throw toChatError(error, { ...callKinds[kind], doing });
  }
}
