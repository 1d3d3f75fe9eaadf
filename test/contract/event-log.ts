import { afterEach, describe } from "vitest";
import type { EventLog } from "../../src/ports/event-log.js";
import { describeAppend } from "./event-log-append.js";
import { describeDamage } from "./event-log-damage.js";
import { describeDurability } from "./event-log-durability.js";
import { describeGrowth } from "./event-log-growth.js";
import { describeRead } from "./event-log-read.js";
import { describeTail } from "./event-log-tail.js";

export interface OpenEventLog {
  /** The log as it is open now; `reopen` and `plant` may put another one there. */
  log: EventLog;
  /** Closes it for good and removes its data. */
  close(): Promise<void>;
  /** Closes it cleanly and opens the same storage again. */
  reopen?(): Promise<void>;
  /** Writes raw text in place of versions of a stream, behind the log's back. The highest version becomes the head, `id` being its id. */
  plant?(stream: string, entries: readonly { version: number; id: string; text: string }[]): Promise<void>;
  /** The next append is stored, but its answer is an error. */
  loseNextAnswer?(): void;
  /** The next append is not stored, and its answer is an error. */
  refuseNext?(): void;
}

export interface EventLogContract {
  name: string;
  /** Opens empty storage. */
  open(): Promise<OpenEventLog>;
  supports: {
    /** Acknowledged commits outlive the process. */
    durable: boolean;
    /** Faults its `OpenEventLog` can be told to make. */
    faults: readonly ("loseNextAnswer" | "refuseNext")[];
  };
  /** For `durable`: a module that exports `openToCrash(location)`, and where the storage is, as a process of its own opens it. */
  crash?: { module: URL; newLocation(): Promise<string> };
  /** Groups of the suite that this adapter does not keep, and why. They are shown as skipped, with the reason. */
  deviations?: Partial<Record<EventLogGroup, string>>;
  /** What to run; default all. The rest is then run on demand. */
  groups?: readonly EventLogGroup[];
}

export type EventLogGroup = "append" | "read" | "tail" | "damage" | "growth" | "durability";

/** Opens logs for tests of one adapter and closes them after each. */
export interface LogOpener {
  open(): Promise<OpenEventLog>;
}

function createOpener(contract: EventLogContract): LogOpener {
  const opened: OpenEventLog[] = [];
  afterEach(async () => {
    for (const { close } of opened.splice(0)) await close();
  });
  return {
    async open() {
      const log = await contract.open();
      opened.push(log);
      return log;
    },
  };
}

/** The contract of `EventLog`, for every adapter of it. */
export function describeEventLog(contract: EventLogContract): void {
  const { deviations = {}, groups } = contract;

  const group = (name: EventLogGroup, body: (opener: LogOpener) => void) => {
    if (groups && !groups.includes(name)) return;
    const reason = deviations[name];
    const declare = reason === undefined ? describe : describe.skip;
    declare(reason === undefined ? name : `${name} [deviates: ${reason}]`, () => body(createOpener(contract)));
  };

  describe(`event log: ${contract.name}`, () => {
    group("append", (opener) => describeAppend(contract, opener));
    group("read", describeRead);
    group("tail", (opener) => describeTail(contract, opener));
    group("damage", describeDamage);
    group("growth", describeGrowth);
    if (contract.supports.durable) group("durability", (opener) => describeDurability(contract, opener));
  });
}
