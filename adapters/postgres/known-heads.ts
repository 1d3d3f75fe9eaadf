import type { Head } from "../../src/ports/event-log.js";
import { PortError } from "../../src/ports/port-error.js";

/** The heads this process saw, which a database can only be ahead of, unless it was set back. */
export interface KnownHeads {
  /** To be asked for before a statement is sent, and given to `check` with its answer. */
  get(stream: string): Head | undefined;
  /** Those whose name begins with `prefix`, to be given to `check` one by one. */
  all(prefix: string): Map<string, Head>;
  /** An append was acknowledged, or a head was read. Never goes back. */
  note(stream: string, head: Head): void;
  /** Throws, from then on at every call, where `found` is behind what was `known` before it was asked for. */
  check(stream: string, look: { known: Head | undefined; found: Head | undefined }): void;
  /** What `check` said, and says for good. */
  refusal(): PortError | undefined;
}

/** Streams whose head is remembered; the oldest are forgotten first. */
const maxKnown = 100_000;

/**
 * A database that was restored from a copy, or a standby that took over without the last commits, would otherwise be gone on with by processes that remember more:
 * people would have been told what is in no log. Only a restart makes a process forget.
 */
export function createKnownHeads(onRefusal: (error: PortError) => void): KnownHeads {
  const heads = new Map<string, Head>();
  let refusal: PortError | undefined;
  return {
    get: (stream) => heads.get(stream),
    all: (prefix) => new Map([...heads].filter(([stream]) => stream.startsWith(prefix))),
    note(stream, head) {
      const known = heads.get(stream);
      if (known && known.version >= head.version) return;
      if (!known && heads.size >= maxKnown) heads.delete(heads.keys().next().value ?? "");
      heads.set(stream, head);
    },
    check(stream, { known, found }) {
      if (refusal) throw refusal;
      if (!known || (found && !isBehind(found, known))) return;
      refusal = setBack(stream, { known, found });
      onRefusal(refusal);
      throw refusal;
    },
    refusal: () => refusal,
  };
}

const isBehind = (found: Head, known: Head) =>
  found.version < known.version || (found.version === known.version && found.id !== known.id);

function setBack(stream: string, { known, found }: { known: Head; found: Head | undefined }): PortError {
  return new PortError(
    `The database was set back: ${stream} had ${known.version} commits and has ${found?.version ?? 0}${found?.version === known.version ? ", the last another one" : ""}. This process writes nothing more, so that nothing is mixed. If this is the database you want, restart every Parley process; otherwise correct DATABASE_URL or the database first.`,
    { code: "corrupt", retryable: false, outage: "The database was set back" },
  );
}
