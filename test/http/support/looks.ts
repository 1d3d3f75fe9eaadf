import type { Room } from "../../../src/core/room/room.js";
import { participantViews } from "../../../src/core/room/view.js";
import type { EventLog } from "../../../src/ports/event-log.js";
import { atEachVersion } from "../../support/rooms-by-version.js";
import { type Api, agentSays, type TestRoom } from "./api.js";

/** One answer of `GET /api/rooms/:id`, as far as it can be checked against the log. */
export interface Look {
  version: number;
  facts: string;
}

/** The gates that are open, which agents wait, and how many messages wait for each. */
function factsOf(gateIds: readonly string[], participants: readonly { name: string; unread?: number }[]): string {
  const unread = participants.flatMap((one) => (one.unread === undefined ? [] : [[one.name, one.unread]]));
  return JSON.stringify([[...gateIds].sort(), unread]);
}

export async function lookAt(api: Api, room: TestRoom, token: string): Promise<Look> {
  const { json } = await api.call("GET", room.path, { token });
  const gateIds = json.gates.map(({ gateId }: { gateId: string }) => gateId);
  return { version: json.version, facts: factsOf(gateIds, json.participants) };
}

/** The looks whose facts are not those of the room at their version. */
export async function tornLooks(looks: readonly Look[], eventLog: EventLog, roomId: string): Promise<Look[]> {
  const facts = (room: Room) =>
    factsOf(
      [...room.gates.keys()],
      participantViews(room, () => true),
    );
  const atVersion = await atEachVersion(eventLog, roomId, facts);
  return looks.filter((look) => atVersion[look.version] !== look.facts);
}

/** Opens tool gates of the agent `coder` and decides them, one commit each. */
export async function createGateTraffic(api: Api, room: TestRoom) {
  const { roomId } = room;
  await agentSays(api, roomId, { text: "working" });
  const agent = await api.rooms.peek(roomId, (seen) => seen.participants.get("coder"));
  const turnId = agent?.kind === "agent" ? agent.turn?.turnId : undefined;
  if (turnId === undefined) throw new Error("no turn was started");
  let asked = 0;
  return {
    open: () => {
      asked += 1;
      const ask = { requestId: `r${asked}`, askKind: "tool", title: "Bash", body: `{"n":${asked}}` } as const;
      return api.rooms.execute(roomId, { type: "turn.ask", agent: "coder", turnId, ...ask });
    },
    /** Decides the gate that has waited longest, where one does. */
    decide: async () => {
      const gate = await api.rooms.peek(roomId, (seen) => seen.gates.values().next().value);
      if (!gate) return undefined;
      const { gateId, hash } = gate;
      const by = { kind: "admin" } as const;
      const decision = { gateId, hash, action: "allow", opened: undefined, messageId: gateId } as const;
      return api.rooms.execute(roomId, { type: "gate.decide", by, ...decision });
    },
  };
}
