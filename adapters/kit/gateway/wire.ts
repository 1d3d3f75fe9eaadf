import type { AllowedContent } from "../../../src/ports/model-gateway.js";
import type { RawUsage } from "./prices.js";
import type { Refusals } from "./refusals.js";

/** A route that is open to agents. */
export interface Route {
  method: string;
  /** As agents ask for it. */
  path: string;
  /** Behind the provider's base address. */
  upstreamPath: string;
  /** `forward` goes to the provider, `metered` as well and costs; `answer` is answered here. */
  kind: "metered" | "forward" | "answer";
  /** The form of its body, where a provider has several. */
  form?: string;
}

/** The reason a body is refused: the kind of content, and its name as the agent wrote it. */
export interface Blocked {
  what: string;
  name: string;
}

/** A parsed call, and what goes to the provider. It holds nothing of the parsed body, so that a thread can hand it over cheaply. */
export interface ReadCall {
  model: string;
  /** The most output it may have, tokens. 0: it names none and has to. */
  maxTokens: number;
  isStream: boolean;
  /** The first thing in it that is not allowed; undefined: everything is. */
  blocked: Blocked | undefined;
  /** An estimate of the tokens it may use at most. */
  usage: RawUsage;
  /** The call as it was understood, and as the provider has to understand it: no member twice. */
  bytes: Uint8Array<ArrayBuffer>;
}

/** What a body is compared with: what its agent may ask for, and the form of its route. */
export interface BodyRules {
  allowed: AllowedContent;
  form: string | undefined;
}

/** Undefined: not a JSON object that is a call, numbers out of range, or nested too deeply to be written again. Never throws. */
export type ReadBody = (body: Uint8Array, rules: BodyRules) => ReadCall | undefined;

/** What a call cost, by the provider's own count as far as there is one. */
export interface Metered {
  model: string;
  usage: RawUsage;
}

/** Reads what an answer cost while its bytes pass. */
export interface Meter {
  read(chunk: Uint8Array): void;
  /** So far; undefined while the answer said nothing of it. */
  result(): Metered | undefined;
}

/** The part of a call that its meter needs where the answer says too little. */
export interface MeteredCall {
  route: Route;
  model: string;
  maxTokens: number;
  usage: RawUsage;
}

/** The protocol of one provider, for a gateway that is otherwise the same for all. */
export interface Wire {
  /** The path is the table's and never the caller's, so nothing can be smuggled into it. */
  findRoute(request: { method: string; url: string }): (Route & { search: string }) | undefined;
  /** The token that a request carries; empty: none. */
  tokenOf(headers: Headers): string;
  refusals: Refusals;
  readBody: ReadBody;
  /** Program of a thread that runs `readBody` on large bodies (`serve-reader.ts`). */
  readerProgram: URL;
  /** The headers the provider needs: no credential, nothing about the connection. `dropped`: beta features that are on no list. */
  headersToForward(headers: Headers, allowed: AllowedContent): { headers: Headers; dropped: string[] };
  /** Of the provider's headers those the caller needs: nothing that names the account. */
  headersToReturn(headers: Headers): Headers;
  createMeter(call: MeteredCall, answer: { isStream: boolean }): Meter;
  /** Answer to a route of the kind `answer`. */
  answer(route: Route, allowed: () => Promise<AllowedContent>): Promise<Response>;
  /** The real credential; it leaves its adapter only in a header to the provider. */
  credential: { secret: string; addTo(headers: Headers): void };
  /** The settings that reach the provider, for an operator whose provider fails. */
  settings: string;
}

/** Those headers that are named, or begin with one of the prefixes. */
export function pickHeaders(headers: Headers, names: ReadonlySet<string>, prefixes: readonly string[]): Headers {
  const picked = new Headers();
  for (const [name, value] of headers) {
    if (names.has(name) || prefixes.some((prefix) => name.startsWith(prefix))) picked.append(name, value);
  }
  return picked;
}
