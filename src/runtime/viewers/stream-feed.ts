import { setImmediate as yieldToOthers } from "node:timers/promises";
import type { Audience } from "../../core/room/view.js";
import type { Entry, EventLog } from "../../ports/event-log.js";
import { createCommitReader, eventFrame, type ServeCommit, type ServedCommit } from "../rooms/served-commit.js";
import { largeAudience, viewersAtOnce } from "./audience.js";
import { gatherBatches } from "./gather.js";
import type { ViewerStream } from "./viewer-stream.js";

/** A viewer of a live stream. */
export interface LiveViewer {
  readonly stream: ViewerStream;
  audience: Audience;
  /** Version up to which the viewer has everything. */
  sentVersion: number;
}

/** One tail of a stream shared by its viewers on this node. Each commit is encoded once per audience. */
export interface StreamFeed {
  /** Version sent to live viewers; a viewer that has read this far may join. */
  readonly version: number;
  readonly live: Set<LiveViewer>;
  stop(): void;
}

/** Bytes handed to a viewer before it gets a chance to read. */
const maxChunkChars = 64 * 1_024;
/** For large audiences commits are batched for this long. */
const largeAudienceWaitMs = 5;

/** One reading of a stream, encoded once for all its viewers. */
export function createStreamFeed(options: {
  eventLog: EventLog;
  stream: string;
  serve: ServeCommit;
  start: { version: number; commitId: string };
  /** Runs after commits that may have changed a viewer's rights; later commits wait for it. */
  onStandingChanged: (version: number) => Promise<void>;
  /** Called when the tail fails or ends on its own. */
  onBroken: (error: unknown) => void;
}): StreamFeed {
  const { eventLog, stream, serve, start } = options;
  const stopped = new AbortController();
  const live = new Set<LiveViewer>();
  const reader = createCommitReader(serve, start);
  let version = start.version;

  async function run(): Promise<void> {
    const tail = eventLog.tail(stream, start.version, stopped.signal);
    for await (const entries of gatherBatches(tail, () => (live.size >= largeAudience ? largeAudienceWaitMs : 0))) {
      await dispatch(entries);
      if (stopped.signal.aborted) return;
    }
    if (!stopped.signal.aborted) throw new Error(`the tail of ${stream} ended`);
  }

  async function dispatch(entries: readonly Entry[]): Promise<void> {
    let gathered: ServedCommit[] = [];
    for (const entry of entries) {
      const commit = reader.next(entry);
      if (!commit) continue;
      gathered.push(commit);
      if (!commit.changesStanding) continue;
      await send(gathered);
      gathered = [];
      await options.onStandingChanged(commit.version);
    }
    await send(gathered);
    version = reader.version;
  }

  /** Viewers that join meanwhile have already read these commits from the log. */
  async function send(commits: readonly ServedCommit[]): Promise<void> {
    const last = commits.at(-1)?.version;
    if (last === undefined) return;
    version = last;
    const chunksOf = createEncoder(commits);
    const viewers = [...live].map((viewer) => ({ viewer, chunks: chunksOf(viewer) }));
    for (const { viewer } of viewers) viewer.sentVersion = Math.max(viewer.sentVersion, last);
    const rounds = Math.max(0, ...viewers.map(({ chunks }) => chunks.length));
    for (let round = 0; round < rounds; round++) {
      if (round > 0) await yieldToOthers();
      await writeRound(viewers, round);
    }
  }

  run().catch((error: unknown) => {
    if (!stopped.signal.aborted) options.onBroken(error);
  });

  return {
    get version() {
      return version;
    },
    live,
    stop: () => stopped.abort(),
  };
}

interface Addressed {
  viewer: LiveViewer;
  chunks: readonly Uint8Array[];
}

/** The chunk numbered `round` of each viewer. */
async function writeRound(viewers: readonly Addressed[], round: number): Promise<void> {
  for (const [at, { viewer, chunks }] of viewers.entries()) {
    if (at > 0 && at % viewersAtOnce === 0) await yieldToOthers();
    const chunk = chunks[round];
    if (chunk) viewer.stream.write(chunk);
  }
}

/** Chunks of these commits for a viewer, shared by all viewers of the same audience that have none of them yet. */
function createEncoder(commits: readonly ServedCommit[]): (viewer: LiveViewer) => readonly Uint8Array[] {
  const first = commits[0]?.version ?? 0;
  const shared: Partial<Record<Audience, readonly Uint8Array[]>> = {};
  return ({ audience, sentVersion }) => {
    if (sentVersion >= first)
      return encodeChunks(
        commits.filter(({ version }) => version > sentVersion),
        audience,
      );
    shared[audience] ??= encodeChunks(commits, audience);
    return shared[audience];
  };
}

/** Whole frames in chunks of about 64 KiB. */
export function encodeChunks(
  commits: readonly ServedCommit[],
  audience: Audience,
  isWanted: (version: number, index: number) => boolean = () => true,
): Uint8Array[] {
  const chunks: Uint8Array[] = [];
  let text = "";
  for (const commit of commits) {
    for (const event of commit.events(audience)) {
      if (!isWanted(commit.version, event.index)) continue;
      text += eventFrame(commit.version, event);
      if (text.length < maxChunkChars) continue;
      chunks.push(Buffer.from(text));
      text = "";
    }
  }
  if (text !== "") chunks.push(Buffer.from(text));
  return chunks;
}
