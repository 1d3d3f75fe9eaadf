import { readerProgram } from "../kit/gateway/call-reader.js";
import type { Wire } from "../kit/gateway/wire.js";
import { createJsonMeter, createStreamMeter } from "./meter.js";
import { readCall } from "./read-call.js";
import { anthropicRefusals } from "./refusals.js";
import { findRoute, headersToForward, headersToReturn } from "./routes.js";

/** The real credential; it leaves this adapter only in a header to the provider. */
export type ModelCredential = { apiKey: string } | { oauthToken: string };

const oauthBeta = "oauth-2025-04-20";

/** The Messages API. */
export function createAnthropicWire(credential: ModelCredential): Wire {
  return {
    findRoute,
    tokenOf: (headers) =>
      headers.get("x-api-key") ?? /^Bearer\s+(\S+)$/i.exec(headers.get("authorization") ?? "")?.[1] ?? "",
    refusals: anthropicRefusals,
    readBody: (body, { allowed }) => readCall(body, allowed),
    readerProgram: readerProgram("call-reader-thread", import.meta.url),
    headersToForward,
    headersToReturn,
    createMeter: ({ maxTokens }, { isStream }) => (isStream ? createStreamMeter(maxTokens) : createJsonMeter()),
    answer: async () => new Response(null, { status: 200 }),
    credential: {
      secret: "apiKey" in credential ? credential.apiKey : credential.oauthToken,
      addTo: (headers) => addCredential(headers, credential),
    },
    settings: "ANTHROPIC_API_KEY, CLAUDE_CODE_OAUTH_TOKEN and ANTHROPIC_BASE_URL",
  };
}

function addCredential(headers: Headers, credential: ModelCredential): void {
  if ("apiKey" in credential) {
    headers.set("x-api-key", credential.apiKey);
    return;
  }
  headers.set("authorization", `Bearer ${credential.oauthToken}`);
  const betas = headers.get("anthropic-beta");
  if (!betas?.includes("oauth-")) headers.set("anthropic-beta", betas ? `${betas},${oauthBeta}` : oauthBeta);
}
