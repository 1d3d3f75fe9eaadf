/** Longest wait for an answer while someone watches, ms. */
const timeoutMs = 5_000;

/** A JSON answer of any status, or the reason for its absence. Any other body counts as an empty object. */
export type JsonAnswer =
  | { status: number; headers: Headers; body: unknown; unreachable?: undefined }
  | { unreachable: string };

/** One call, sent once and given up after 5 s. Never throws; the reason holds neither the address nor a header. */
export async function askJson(url: string, init: RequestInit): Promise<JsonAnswer> {
  try {
    const response = await fetch(url, { ...init, redirect: "manual", signal: AbortSignal.timeout(timeoutMs) });
    const body: unknown = await response.json().catch(() => ({}));
    return { status: response.status, headers: response.headers, body: body ?? {} };
  } catch (error) {
    return { unreachable: reasonOf(error) };
  }
}

function reasonOf(error: unknown): string {
  if (error instanceof Error && error.name === "TimeoutError") return `no answer within ${timeoutMs / 1_000} s`;
  for (let at = error, depth = 0; at instanceof Error && depth < 6; depth += 1) {
    if ("code" in at && typeof at.code === "string") return at.code;
    if (at.cause === undefined) return at.message;
    at = at.cause;
  }
  return "no connection";
}
