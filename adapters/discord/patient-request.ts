import { DefaultRestOptions, type RESTOptions } from "discord.js";
import type { UnnamedLimit } from "../kit/unnamed-limit.js";

type MakeRequest = RESTOptions["makeRequest"];

/** The scope that marks a limit of the whole platform, in the header and in the SDK's error. */
export const platformScope = "global";

/** The SDK's request, which names a time for every 429 and makes no call while a limit without a time holds. */
export function createPatientRequest(
  limit: UnnamedLimit,
  request: MakeRequest = DefaultRestOptions.makeRequest,
): MakeRequest {
  return async (url, init) => {
    const waitMs = limit.waitMs();
    if (waitMs > 0) return refusal(waitMs);
    const response = await request(url, init);
    if (response.status !== 429) {
      limit.passed();
      return response;
    }
    if (Number(response.headers.get("retry-after")) > 0) return response;
    const text = await response.text();
    // A limit of one message or one interaction names itself; it says nothing about other calls.
    if (/"code"\s*:\s*(?:30046|40094)\b/.test(text)) return new Response(text, { status: 400, headers: json });
    return refusal(limit.refused());
  };
}

const json = { "content-type": "application/json" };

const refusal = (waitMs: number): Response =>
  new Response(null, {
    status: 429,
    headers: { "retry-after": String(waitMs / 1_000), "x-ratelimit-scope": platformScope },
  });
