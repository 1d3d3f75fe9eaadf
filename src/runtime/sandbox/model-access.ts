import type { ModelGateway } from "../../ports/model-gateway.js";
import { deriveKey, hmac } from "../access/secrets.js";
import type { AgentSockets } from "./agent-sockets.js";
import type { CallContent } from "./call-content.js";
import type { CallRate } from "./call-rate.js";
import type { EgressAccess } from "./egress-access.js";
import type { Spending } from "./spending.js";

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
  spending: Spending;
  rate: CallRate;
  content: CallContent;
  secret: string;
  sha256: (text: string) => string;
}): ModelAccess {
  const { gateway, sockets, spending, rate, content, sha256 } = options;
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
      refusal: () => spending.refusal(agent),
      countCall: () => rate.countCall(agent),
      reserve: (estimate, signal) => spending.reserve(agent, { estimate, signal }),
      allowedContent: () => content.allowedOf(agent),
      onBlocked: (blocked) => content.tellOfBlocked(agent, blocked),
    });
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
