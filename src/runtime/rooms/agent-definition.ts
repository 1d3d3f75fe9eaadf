import type { RoomEvent } from "../../core/room/event.js";
import type { AgentMember } from "../../core/room/room.js";
import type { AgentSpec } from "../../ports/agents.js";
import type { RoomService } from "./service.js";

/** Script and prompt of an agent. */
export type AgentDefinition = Pick<AgentSpec, "script" | "prompt">;

/** The commits that set script and prompt of an agent last. */
export function definitionVersions({
  name,
  joinedVersion,
  scriptVersion = joinedVersion,
  promptVersion = joinedVersion,
}: AgentMember) {
  return { name, scriptVersion, promptVersion };
}

/** Script and prompt of an agent, read from the log each time. Rejects with a `PortError` when the log cannot be read. */
export async function readAgentDefinition(
  rooms: Pick<RoomService, "eventsAt">,
  roomId: string,
  agent: AgentMember,
): Promise<AgentDefinition> {
  const { name, scriptVersion, promptVersion } = definitionVersions(agent);
  async function settingsAt(version: number) {
    const events = await rooms.eventsAt(roomId, version);
    const isSetting = (event: RoomEvent | undefined) =>
      (event?.type === "participant.joined" || event?.type === "participant.configured") && event.name === name;
    const found = events.findLast(isSetting);
    return found?.type === "participant.joined" || found?.type === "participant.configured" ? found : undefined;
  }
  const [script, prompt] = await Promise.all([settingsAt(scriptVersion), settingsAt(promptVersion)]);
  return {
    ...(script?.script && { script: script.script }),
    ...(prompt?.prompt !== undefined && { prompt: prompt.prompt }),
  };
}
