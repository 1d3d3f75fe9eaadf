import type { AgentDoor } from "../../ports/agent-door.js";
import type { Clock } from "../../ports/clock.js";
import type { EventLog } from "../../ports/event-log.js";
import type { Ids } from "../../ports/ids.js";
import type { SearchIndex } from "../../ports/search-index.js";
import { createExternalPresence } from "../presence/external-presence.js";
import type { PeopleOnline } from "../presence/people-online.js";
import type { Reachability } from "../rooms/picture.js";
import type { RoomService } from "../rooms/service.js";
import { createEntryWriter } from "./entries.js";
import { lookAs, messagesFor } from "./read.js";
import { askAs, sayAs } from "./speak.js";
import { agentOf, type ExternalStay } from "./stay.js";
import { takeTurn } from "./take.js";

/** Doors for the agents that run outside Parley. All that they change is in the log, so each process serves any of them. */
export interface ExternalDoors {
  /** What this agent may do, as long as its token works. `isCaller`: it calls from time to time, and hears when it does. */
  doorOf(stay: ExternalStay, how: DoorOptions): AgentDoor;
  /** Whether this stay goes on. Undefined: no such room. */
  isHere(stay: ExternalStay): Promise<boolean | undefined>;
  /** Ends every call that waits. */
  close(): void;
}

/** How an agent came. `isLive`: whether its token still works. */
export interface DoorOptions {
  isLive: () => Promise<boolean>;
  /** Default false. */
  isCaller?: boolean;
}

/** Parts that the doors are made of. `rooms`: with what may be asked of them bounded. */
export interface ExternalDoorsOptions {
  rooms: RoomService;
  eventLog: EventLog;
  search: SearchIndex;
  people: PeopleOnline;
  reachability: Reachability;
  clock: Clock;
  ids: Ids;
  sha256: (text: string) => string;
}

/** Makes the doors of all external agents. */
export function createExternalDoors(options: ExternalDoorsOptions): ExternalDoors {
  const { rooms, eventLog, people, clock, ids, sha256, reachability } = options;
  const presence = createExternalPresence({ people, clock });
  const closing = new AbortController();
  const takeParts = { rooms, eventLog, clock, sha256, presence, newTurnId: () => ids.next() };
  const speakParts = { rooms, ids, sha256, isPersonOnline: reachability.isPersonOnline };
  const append = createEntryWriter({ rooms, eventLog, clock, ids });

  function doorOf(stay: ExternalStay, { isLive, isCaller = false }: DoorOptions): AgentDoor {
    const { roomId, name } = stay;
    if (isCaller) presence.called(stay);
    const change = async (command: Parameters<RoomService["execute"]>[1]) => {
      const executed = await rooms.execute(roomId, command);
      if (executed.kind === "rejected") return { kind: "refused", rejection: executed.rejection } as const;
      return { kind: "done", version: executed.version } as const;
    };
    return {
      look: () => lookAs(stay, options),
      take: ({ signal, ...how }) => {
        const both = signal ? AbortSignal.any([signal, closing.signal]) : closing.signal;
        return takeTurn(stay, { ...how, signal: both, isLive, isCaller }, takeParts);
      },
      isClosing: () => closing.signal.aborted,
      acknowledge: ({ turnId, outcome = "done", error }) =>
        change({ type: "turn.end", agent: name, turnId, outcome, ...(error !== undefined && { error }) }),
      say: (said, how = {}) => sayAs(stay, { said, how }, speakParts),
      ask: (question, how = {}) => askAs(stay, { question, how }, speakParts),
      withdraw: (gateId) => change({ type: "agent.withdraw", agent: name, gateId }),
      messages: (wanted) => messagesFor(stay, wanted, options),
      append: (entry) => append(stay, entry),
    };
  }

  return {
    doorOf,
    isHere: (stay) => rooms.read(stay.roomId, (room) => agentOf(room, stay) !== undefined),
    close() {
      closing.abort();
      presence.stop();
    },
  };
}
