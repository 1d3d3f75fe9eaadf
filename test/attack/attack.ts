import type { CreatedRoom } from "../support/parley-client.js";
import type { SecretWatch } from "./secrets.js";
import type { HostileUpstream } from "./upstream.js";

/** State shared by all attackers of one run. */
export interface Attack {
  /** Addresses of the processes. */
  urls: readonly string[];
  adminToken: string;
  upstream: HostileUpstream;
  secrets: SecretWatch;
  /** Attackers stop when it fires. */
  over: AbortSignal;
  /** Counts a refusal. */
  refuse(kind: string): void;
  /** Counts an allowed action that worked. */
  allow(control: string): void;
  /** Records a violation, each once. */
  wrong(text: string): void;
  /** Records an acknowledged message. */
  acknowledge(room: CreatedRoom, messageId: string): void;
}

/** Attacks until the run is over. */
export type Attacker = (attack: Attack) => Promise<void>;

/** Address of one of the processes, in turn. */
export function anyUrl({ urls }: Pick<Attack, "urls">): string {
  return urls[Math.floor(Math.random() * urls.length)] ?? "";
}

/** An answer as a hostile client reads it: its body up to a limit. */
export interface Seen {
  status: number;
  text: string;
}

const maxReadBytes = 4 * 1_024 * 1_024;

/** Sends one request and never rejects: status 0 if there was no answer. */
export async function request(
  url: string,
  { token, signal, ...init }: RequestInit & { token?: string | undefined } = {},
): Promise<Seen> {
  const headers = new Headers(init.headers);
  if (token !== undefined) headers.set("authorization", `Bearer ${token}`);
  if (typeof init.body === "string" && !headers.has("content-type")) headers.set("content-type", "application/json");
  try {
    const timeout = AbortSignal.timeout(30_000);
    const response = await fetch(url, {
      ...init,
      headers,
      signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
    });
    return { status: response.status, text: await textOf(response) };
  } catch {
    return { status: 0, text: "" };
  }
}

async function textOf(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    chunks.push(chunk as Uint8Array);
    bytes += (chunk as Uint8Array).length;
    if (bytes > maxReadBytes) break;
  }
  return Buffer.concat(chunks).toString("utf8");
}

/** Runs the jobs in turn until the run is over. A job that fails is tried again later. */
export async function again(over: AbortSignal, work: () => Promise<unknown>, restMs = 0): Promise<void> {
  while (!over.aborted) {
    await work().catch(() => {});
    await rest(restMs, over);
  }
}

/** Waits, but returns at once when the run is over. */
export function rest(ms: number, over: AbortSignal): Promise<void> {
  if (over.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      over.removeEventListener("abort", end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    over.addEventListener("abort", end, { once: true });
  });
}
