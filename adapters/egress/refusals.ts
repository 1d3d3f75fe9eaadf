import { STATUS_CODES } from "node:http";
import { type EgressTarget, egressEntryOf } from "../../src/core/values/egress.js";
import type { EgressEnd } from "../../src/ports/egress.js";

/** Why a request goes no further. The text is for the agent, and says what to do. */
export class Refusal extends Error {
  readonly status: number;
  /** The reason phrase: some tools show nothing else. */
  readonly reason: string;
  readonly outcome: EgressEnd["outcome"];

  constructor(status: number, text: string, more: { reason?: string; outcome?: EgressEnd["outcome"] } = {}) {
    super(text);
    this.name = "Refusal";
    this.status = status;
    this.reason = more.reason ?? STATUS_CODES[status] ?? "";
    this.outcome = more.outcome ?? "refused";
  }

  get body(): string {
    return `Parley: ${this.message}\n`;
  }

  get headers(): Record<string, string> {
    return {
      "Content-Type": "text/plain; charset=utf-8",
      "Content-Length": String(Buffer.byteLength(this.body)),
      Connection: "close",
    };
  }
}

const failed = { outcome: "failed" } as const;

export const refusals = {
  unlisted: (target: EgressTarget, roomId: string) => {
    const entry = egressEntryOf(target);
    const how = `on the page under Manage, or with \`parley room set ${roomId} --egress ${entry}\``;
    const text = `${entry} is not on this room's egress list. An owner of the room can add it, ${how}.`;
    return new Refusal(403, text, { reason: "Not on the egress list of the room" });
  },
  form: () =>
    new Refusal(
      403,
      "only hosts can be reached, by name: CONNECT host:port, or http://host/path. No address, no localhost, no user name.",
    ),
  hostHeader: () => new Refusal(400, "the Host header names another host than the address does."),
  gone: () => new Refusal(403, "this agent has left its room, or the room is closed. Nothing can be reached from it."),
  inside: ({ host }: EgressTarget) =>
    new Refusal(403, `${host} leads to no address on the public internet; Parley reaches nothing inside a network.`),
  tooMany: (most: number) =>
    new Refusal(429, `an agent has at most ${most} connections at once. Close some, or wait, and try again.`),
  noName: ({ host }: EgressTarget, code: string) =>
    new Refusal(502, `${host} was not found (${code}). Is the name right?`, failed),
  noList: () => new Refusal(503, "the room's egress list cannot be read just now. Try again in a moment.", failed),
  noAnswer: ({ host, port }: EgressTarget, code: string) =>
    new Refusal(502, `${host} could not be reached at port ${port} (${code}).`, failed),
  slow: ({ host }: EgressTarget, what: string, seconds: number) =>
    new Refusal(504, `${what} ${host} took more than ${seconds} s.`, failed),
};
