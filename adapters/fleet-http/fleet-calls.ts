import { Agent, request as send } from "undici";
import { z } from "zod";
import type { Clock } from "../../src/ports/clock.js";
import type { FleetCalls } from "../../src/ports/fleet-calls.js";
import type { HttpMount } from "../../src/ports/http-mount.js";
import { PortError } from "../../src/ports/port-error.js";
import { isSameSignature, sign, signatureHeader } from "./signature.js";

/** Path at which the processes of a fleet call each other. Not for people or programs: calls without the fleet's signature are refused. */
export const fleetCallPath = "/fleet/call";

/** Longest body of a call or an answer, bytes. */
const maxBytes = 4 * 1_024 * 1_024;
/** Calls older than this, or this far in the future, are refused: they were recorded, or the clocks of the machines differ too much. */
const maxAgeMs = 30_000;

const callSchema = z.object({ from: z.string(), to: z.string(), atMs: z.number(), request: z.unknown() });

export interface HttpFleetCallsOptions {
  /** Name of this process. */
  node: string;
  /** Key that every process of the fleet signs with; nobody else has it. */
  key: Uint8Array;
  /** Origin at which others reach this process; undefined if they cannot. */
  ownUrl: () => string | undefined;
  /** Origin of another process; undefined if it is gone, or only sends calls. */
  urlOf: (node: string) => string | undefined;
  clock: Clock;
}

/** Calls over HTTP, one POST each, signed with HMAC-SHA256 in both directions. Not encrypted: use a private network or `https` addresses. */
export function createHttpFleetCalls(
  options: HttpFleetCallsOptions,
): FleetCalls & { mount: HttpMount; close(): Promise<void> } {
  const { node, key, ownUrl, urlOf, clock } = options;
  const dispatcher = new Agent({ keepAliveTimeout: 10_000, connections: 16 });
  let answerer: ((from: string, request: unknown) => Promise<unknown>) | undefined;

  async function call(to: string, request: unknown, { timeoutMs }: { timeoutMs: number }): Promise<unknown> {
    const url = urlOf(to);
    if (url === undefined) throw noAnswer(to, "its address is not known");
    const body = JSON.stringify({ from: node, to, atMs: clock.nowMs(), request });
    const signature = sign(key, ["call", body]);
    const over = new AbortController();
    const cancel = clock.after(timeoutMs, () => over.abort());
    try {
      const response = await send(new URL(fleetCallPath, url), {
        method: "POST",
        body,
        headers: { "Content-Type": "application/json", [signatureHeader]: signature },
        signal: over.signal,
        dispatcher,
      });
      const text = await response.body.text();
      const answered = response.headers[signatureHeader.toLowerCase()];
      const isTrue = isSameSignature(String(answered), sign(key, ["answer", signature, text]));
      if (response.statusCode !== 200 || !isTrue) throw noAnswer(to, `it answered ${response.statusCode}`);
      return JSON.parse(text);
    } catch (error) {
      if (error instanceof PortError) throw error;
      throw noAnswer(to, over.signal.aborted ? `nothing came within ${timeoutMs} ms` : "it cannot be reached");
    } finally {
      cancel();
    }
  }

  async function handle(request: Request): Promise<Response> {
    const body = await request.text();
    const signature = sign(key, ["call", body]);
    if (!isSameSignature(request.headers.get(signatureHeader), signature)) return refusal(401);
    const call = callSchema.safeParse(JSON.parse(body)).data;
    if (!call || Math.abs(clock.nowMs() - call.atMs) > maxAgeMs) return refusal(401);
    // The address belongs to a process of another name by now.
    if (call.to !== node || !answerer) return refusal(421);
    const text = JSON.stringify(await answerer(call.from, call.request));
    return new Response(text, {
      headers: { "Content-Type": "application/json", [signatureHeader]: sign(key, ["answer", signature, text]) },
    });
  }

  return {
    call,
    serve(answer) {
      answerer = answer;
      return () => {
        if (answerer === answer) answerer = undefined;
      };
    },
    isReachable: () => answerer !== undefined && ownUrl() !== undefined,
    mount: { path: fleetCallPath, maxBytes, handle },
    close: () => dispatcher.destroy(),
  };
}

function refusal(status: number): Response {
  return new Response(null, { status });
}

function noAnswer(node: string, why: string): PortError {
  return new PortError(`${node} did not answer: ${why}`, { code: "unavailable", retryable: true });
}
