import { maySpend } from "../../core/room/budget.js";
import type { Usage } from "../../core/room/event.js";
import { presentAgent } from "../../core/room/room.js";
import type { Logger } from "../../ports/logger.js";
import type { ModelGateway } from "../../ports/model-gateway.js";
import { deriveKey, hmac } from "../access/secrets.js";
import type { RoomService } from "../rooms/service.js";
import type { AgentSockets } from "./agent-sockets.js";
import type { EgressAccess } from "./egress-access.js";

/** An agent by its room and name. */
export interface AgentRef {
  roomId: string;
  name: string;
}

/** Model access of every agent: its own socket, a token valid only there, a meter and a budget. */
export interface ModelAccess {
  /** Opens the agent's socket and returns the folder its sandbox mounts. */
  socketDirOf(agent: AgentRef): Promise<string>;
  tokenOf(agent: AgentRef): string;
  /** Closes the agent's socket and removes its folder. */
  close(agent: AgentRef): Promise<void>;
  stop(): Promise<void>;
}

/** Serves the model, and what else is behind the socket, to each agent on a socket of its own. */
export function createModelAccess(options: {
  gateway: ModelGateway;
  sockets: AgentSockets;
  /** Handler of the room's repository on the same socket. */
  repositories?: { takes(request: Request): boolean; handle(request: Request, agent: AgentRef): Promise<Response> };
  /** Egress over the same socket. Absent: no egress. */
  egress?: EgressAccess;
  rooms: RoomService;
  secret: string;
  sha256: (text: string) => string;
  logger: Logger;
}): ModelAccess {
  const { gateway, sockets, rooms, sha256, logger } = options;
  const key = deriveKey(options.secret, "agent-token");

  function tokenOf({ roomId, name }: AgentRef): string {
    return `parley-agent-${Buffer.from(hmac(key, `${roomId}/${name}`)).toString("base64url")}`;
  }

  async function handle(request: Request, agent: AgentRef): Promise<Response> {
    if (options.repositories?.takes(request)) return options.repositories.handle(request, agent);
    return gateway.handle(request, {
      roomId: agent.roomId,
      agent: agent.name,
      token: tokenOf(agent),
      isAllowed: () => isAllowed(agent),
      onUsage: ({ model, ...usage }) => record(agent, model, usage),
    });
  }

  /** Re-read every time, because the agent's parallel calls spend too. */
  function isAllowed({ roomId, name }: AgentRef): Promise<boolean> {
    return rooms.peek(roomId, (room) => presentAgent(room, name) !== undefined && maySpend(room, name));
  }

  /** Does not wait for durability: the room counts the usage as soon as it is decided. */
  async function record({ roomId, name }: AgentRef, model: string, usage: Usage): Promise<void> {
    const notStored = (error: unknown) =>
      logger.error({ roomId, agent: name, error }, "what a model call cost could not be stored");
    try {
      const { durable } = await rooms.submit(roomId, { type: "turn.usage", agent: name, model, usage });
      durable.catch(notStored);
    } catch (error) {
      notStored(error);
    }
  }

  const socketIdOf = ({ roomId, name }: AgentRef) => sha256(`socket/${roomId}/${name}`).slice(0, 20);

  return {
    tokenOf,
    close: (agent) => sockets.close(socketIdOf(agent)),
    socketDirOf: async (agent) => {
      const id = socketIdOf(agent);
      const { socketDir } = await sockets.open(id, (request) => handle(request, agent), options.egress?.doorOf(agent));
      return socketDir;
    },
    stop: () => sockets.stop(),
  };
}
