import type { OperationCall } from "./call.js";
import type { Cursor } from "./cursor.js";
import { followEvents, type WatchItem } from "./event-stream.js";
import { createApi } from "./http.js";

/** The room or agent to follow, and the position to start from. */
export interface FollowOptions {
  roomId: string;
  /** Follow this agent's own stream instead of the room's. */
  agent?: string;
  /** Everything behind this position comes; version 0, the default, for all there is. */
  after?: Cursor;
  /** Also the current activity of agents. Default false. */
  activity?: boolean;
  /** Ends the stream, which then throws `InterruptedError`. */
  signal?: AbortSignal;
}

/** A client of one Parley server. Errors are those of `parley/client/errors`: refusals, and failed connections. */
export interface Client {
  /** Carries out one operation of the API by its id; docs/openapi.json has them all. */
  call: OperationCall;
  /** Every event behind a position, each once and in order, over as many connections as it takes. */
  follow(options: FollowOptions): AsyncGenerator<WatchItem>;
}

/** Makes a client of the server at `url` (origin, no path). `token` is a room's or the admin's; `signal` aborts calls under way. */
export function createClient(options: { url: string; token?: string; signal?: AbortSignal }): Client {
  const { url, token, signal: ended = new AbortController().signal } = options;
  const api = createApi({ url, token, signal: ended });
  return {
    call: api.call,
    follow({ roomId, agent, after = { version: 0 }, activity = false, signal = ended }) {
      const room = `/api/rooms/${encodeURIComponent(roomId)}`;
      const path = agent === undefined ? `${room}/events` : `${room}/agents/${encodeURIComponent(agent)}/events`;
      return followEvents({ connect: async () => api, path, after, activity, signal });
    },
  };
}
