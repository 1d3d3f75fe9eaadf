import { connect, isIP, type LookupFunction, type Socket } from "node:net";
import type { EgressTarget } from "../../src/core/values/egress.js";
import type { Clock } from "../../src/ports/clock.js";
import type { Resolve } from "../kit/resolve.js";
import { Refusal, refusals } from "./refusals.js";

export interface DialOptions {
  resolve: Resolve;
  isForbidden: (address: string) => boolean;
  resolveTimeoutMs: number;
  connectTimeoutMs: number;
  clock: Clock;
}

/** Before the next address is tried. */
const attemptTimeoutMs = 2_000;
/** Of a name with more, the rest is not looked at … */
const maxFound = 32;
/** … and of those that may be reached, the rest is not tried. */
const maxTried = 8;

/** Looks the name up once and connects to one of the addresses that may be reached. Rejects with a `Refusal`. */
export async function dial(target: EgressTarget, signal: AbortSignal, options: DialOptions): Promise<Socket> {
  const found = await lookUp(target, signal, options);
  const addresses = found
    .slice(0, maxFound)
    .filter((address) => !options.isForbidden(address))
    .slice(0, maxTried);
  if (addresses.length === 0) throw refusals.inside(target);
  return connectTo(target, { addresses, signal, ...options });
}

async function lookUp(target: EgressTarget, signal: AbortSignal, options: DialOptions): Promise<string[]> {
  const { resolve, resolveTimeoutMs, clock } = options;
  const late = new AbortController();
  const cancel = clock.after(resolveTimeoutMs, () => late.abort());
  const either = AbortSignal.any([signal, late.signal]);
  const gaveUp = new Promise<never>((_, reject) => {
    either.addEventListener("abort", () => reject(refusals.slow(target, "Looking up", resolveTimeoutMs / 1_000)));
  });
  try {
    return await Promise.race([resolve(target.host, either), gaveUp]);
  } catch (error) {
    if (error instanceof Refusal) throw error;
    if (late.signal.aborted || codeOf(error) === "ETIMEOUT")
      throw refusals.slow(target, "Looking up", resolveTimeoutMs / 1_000);
    throw refusals.noName(target, codeOf(error));
  } finally {
    cancel();
  }
}

function connectTo(
  target: EgressTarget,
  { addresses, signal, connectTimeoutMs, clock }: DialOptions & { addresses: readonly string[]; signal: AbortSignal },
): Promise<Socket> {
  const { host, port } = target;
  return new Promise((resolve, reject) => {
    const socket = connect({
      host,
      port,
      lookup: only(addresses),
      autoSelectFamily: true,
      autoSelectFamilyAttemptTimeout: attemptTimeoutMs,
      allowHalfOpen: true,
      noDelay: true,
      signal,
    });
    const cancel = clock.after(connectTimeoutMs, () =>
      socket.destroy(refusals.slow(target, "Connecting to", connectTimeoutMs / 1_000)),
    );
    const failed = (error: Error) => {
      cancel();
      reject(error instanceof Refusal ? error : refusals.noAnswer(target, codeOf(error)));
    };
    socket.once("error", failed);
    socket.once("connect", () => {
      cancel();
      socket.off("error", failed);
      resolve(socket);
    });
  });
}

/** In place of a second look-up: the addresses that were looked at. */
function only(addresses: readonly string[]): LookupFunction {
  const all = addresses.map((address) => ({ address, family: isIP(address) }));
  return (_host, _options, callback) => callback(null, all);
}

function codeOf(error: unknown): string {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  return typeof code === "string" ? code : "no connection";
}
