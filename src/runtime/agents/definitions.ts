import type { RoomEvent } from "../../core/room/event.js";
import type { AgentMember } from "../../core/room/room.js";
import type { AgentSpec } from "../../ports/agents.js";
import type { RoomService } from "../rooms/service.js";

/** Script and prompt of an agent. */
export type AgentDefinition = Pick<AgentSpec, "script" | "prompt">;

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

  async function settingsAt(roomId: string, name: string, version: number) {
    const events = await rooms.eventsAt(roomId, version);
    const isSetting = (event: RoomEvent | undefined) =>
      (event?.type === "participant.joined" || event?.type === "participant.configured") && event.name === name;
    const found = events.findLast(isSetting);
    return found?.type === "participant.joined" || found?.type === "participant.configured" ? found : undefined;
  }

  async function read(
    roomId: string,
    { name, scriptVersion, promptVersion }: { name: string; scriptVersion: number; promptVersion: number },
  ): Promise<AgentDefinition> {
    const [script, prompt] = await Promise.all([
      settingsAt(roomId, name, scriptVersion),
      settingsAt(roomId, name, promptVersion),
    ]);
    return {
      ...(script?.script && { script: script.script }),
      ...(prompt?.prompt !== undefined && { prompt: prompt.prompt }),
    };
  }

  return {
    async of(roomId, { name, joinedVersion, scriptVersion = joinedVersion, promptVersion = joinedVersion }) {
      const key = keyOf(roomId, name);
      const before = known.get(key);
      if (before?.scriptVersion === scriptVersion && before.promptVersion === promptVersion) return before.definition;
      const definition = read(roomId, { name, scriptVersion, promptVersion });
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
