import { maySpend } from "../../core/room/budget.js";
import type { Usage } from "../../core/room/event.js";
import { presentAgent } from "../../core/room/room.js";
import type { Logger } from "../../ports/logger.js";
import type { ModelGateway } from "../../ports/model-gateway.js";
import { deriveKey, hmac } from "../access/secrets.js";
import type { RoomService } from "../rooms/service.js";
import type { AgentSockets } from "./agent-sockets.js";
import type { EgressAccess } from "./egress-access.js";

export interface AgentRef {
  roomId: string;
  name: string;
}

/** Every agent's way to the model: a socket of its own, a token that is worth something only there, a meter and a budget. */
export interface ModelAccess {
  /** Opens the agent's socket; gives the folder its sandbox mounts. */
  socketDirOf(agent: AgentRef): Promise<string>;
  tokenOf(agent: AgentRef): string;
  /** The agent is gone: its socket is closed and its folder removed. */
  close(agent: AgentRef): Promise<void>;
  stop(): Promise<void>;
}

export function createModelAccess(options: {
  gateway: ModelGateway;
  sockets: AgentSockets;
  /** What else is behind the socket: the room's repository. */
  repositories?: { takes(request: Request): boolean; handle(request: Request, agent: AgentRef): Promise<Response> };
  /** The way to other hosts, over the same socket. Absent: there is none. */
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

  /** Read from the room every time: other calls of the agent spend while one waits. */
  function isAllowed({ roomId, name }: AgentRef): Promise<boolean> {
    return rooms.peek(roomId, (room) => presentAgent(room, name) !== undefined && maySpend(room, name));
  }

  /** The room counts it as soon as it is decided; that it is stored is not waited for. */
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
