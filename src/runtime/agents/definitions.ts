import type { AgentMember } from "../../core/room/room.js";
import { type AgentDefinition, definitionVersions, readAgentDefinition } from "../rooms/agent-definition.js";
import type { RoomService } from "../rooms/service.js";

/** Scripts and prompts of agents as they were set last; only the log has them. */
export interface AgentDefinitions {
  /** Every turn asks, so the answer is kept for as long as nothing else is set. Rejects with a `PortError` when the log cannot be read. */
  of(roomId: string, agent: AgentMember): Promise<AgentDefinition>;
  /** Call when an agent leaves this process. */
  forget(roomId: string, name: string): void;
}

interface Known {
  scriptVersion: number;
  promptVersion: number;
  definition: Promise<AgentDefinition>;
}

/** Definitions read from the rooms of this process. */
export function createAgentDefinitions({ rooms }: { rooms: Pick<RoomService, "eventsAt"> }): AgentDefinitions {
  const known = new Map<string, Known>();

  return {
    async of(roomId, agent) {
      const { name, scriptVersion, promptVersion } = definitionVersions(agent);
      const key = keyOf(roomId, name);
      const before = known.get(key);
      if (before?.scriptVersion === scriptVersion && before.promptVersion === promptVersion) return before.definition;
      const definition = readAgentDefinition(rooms, roomId, agent);
      const now: Known = { scriptVersion, promptVersion, definition };
      known.set(key, now);
      // What could not be read is read again.
      definition.catch(() => known.get(key) === now && known.delete(key));
      return definition;
    },
    forget: (roomId, name) => void known.delete(keyOf(roomId, name)),
  };
}

function keyOf(roomId: string, name: string): string {
  return `${roomId}/${name}`;
}
