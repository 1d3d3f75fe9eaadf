import type { PlaceFiles } from "../../ports/agent-files.js";
import type { RoomService } from "../rooms/service.js";
import type { BegunTools } from "./begun-tools.js";
import type { Outages } from "./outages.js";
import type { AgentRunner } from "./runner.js";

/** Parts that a mailbox needs. */
export interface MailboxOptions {
  rooms: RoomService;
  /** Returns the runner of an agent on this node, creating it if needed. */
  runnerOf: (roomId: string, name: string) => AgentRunner;
  /** Returns the existing runner, if any. */
  knownRunner: (roomId: string, name: string) => AgentRunner | undefined;
  /** Called with the outages that the agent's room knows, before there is work for the agent. */
  resumeOutage: Outages["resume"];
  removeAgent: (roomId: string, name: string) => Promise<void>;
  /** Wakes the mailbox on the agent's home node. */
  wakeAt: (home: string, roomId: string, name: string) => void;
  newTurnId: () => string;
  sha256: (text: string) => string;
  placeFiles?: PlaceFiles | undefined;
  begunTools: BegunTools;
  /** True if agents of this runtime have processes that outlive this node. */
  canTakeOver: (runtime: string) => boolean;
  /** Whether agents of the room may not call the model now, so that no turn of theirs starts. */
  isSpendingHeld: (roomId: string) => Promise<boolean>;
  node: string;
  instance: string;
  /** True if only one process can hold the data, so that it owns the turns of every node. */
  onlyNode: boolean;
}
