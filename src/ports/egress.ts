import type { IncomingMessage, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import type { EgressTarget } from "../core/values/egress.js";

/** The way from a sandbox to the hosts on its room's egress list, as an HTTP proxy. */
export interface Egress {
  /** One agent's door. */
  open(caller: EgressCaller): EgressDoor;
}

/**
 * MUST let through what the list names at that moment and nothing else, with 403 and a sentence on what to do. MUST look a name up once, and dial only
 * an address that it has looked at: nothing inside, no metadata service, nothing of this machine. MUST cut a connection whose host is taken off the
 * list, or whose agent is gone, within seconds.
 */
export interface EgressDoor {
  /** A CONNECT: takes its connection over. `head` came behind the request. */
  connect(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  /** A request for a whole address, `GET http://…`. */
  forward(request: IncomingMessage, response: ServerResponse): void;
  /** Cuts everything. */
  close(): void;
}

/** The agent behind a connection, and what its room allows. */
export interface EgressCaller {
  roomId: string;
  agent: string;
  /** The room's list as it is now; undefined: the agent has left, or the room is closed. */
  list(): Promise<readonly string[] | undefined>;
  /** It asked for a host that is not on the list. */
  onUnlisted(target: EgressTarget): void;
}

/** How one request ended: `refused` by rule, `failed` at the host, `cut` by Parley, or `done`. Bytes of what was sent to the host and received from it. */
export interface EgressEnd {
  outcome: "refused" | "failed" | "cut" | "done";
  sentBytes: number;
  receivedBytes: number;
}
