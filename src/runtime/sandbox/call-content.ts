import { isGated } from "../../core/room/gate.js";
import { presentAgent } from "../../core/room/room.js";
import type { Logger } from "../../ports/logger.js";
import type { AllowedContent, BlockedContent } from "../../ports/model-gateway.js";
import type { RoomService } from "../rooms/service.js";

/** Features that agents' model calls may use, and the notices to rooms about the rest. */
export interface CallContent {
  /** Rejects when the room cannot be read. An agent that has left may ask for nothing. */
  allowedOf(agent: ContentAgent): Promise<AllowedContent>;
  /** Says it in the room, each thing once per agent. Never throws. */
  tellOfBlocked(agent: ContentAgent, blocked: BlockedContent): void;
}

/** An agent by its room and name. */
export interface ContentAgent {
  roomId: string;
  name: string;
}

/** Models that agents of one runtime may call. */
export interface RuntimeModels {
  /** Of agents for which neither they nor their role name one. */
  defaultModel: string;
  /** Models its program uses for short tasks of its own, whatever the agent's model is. */
  helperModels: readonly string[];
  /** Whether a role's model is one of this runtime's provider. Roles are made for any runtime, so another one does not count. */
  isKnown(model: string): boolean;
}

/** Claude Code uses the smallest family for short tasks of its own, whatever the agent's model is. */
const helperModel = "haiku";
/** Maximum number of things a room is told of per agent. */
const maxTold = 20;

/** Reads the policy of the room and the models of the agent and its role with every call. */
export function createCallContent(options: {
  rooms: RoomService;
  /** Model of a role; undefined: it names none. */
  modelOfRole: (role: string) => string | undefined;
  /** Of agents for which neither they nor their role name one. */
  defaultModel: string;
  /** Of runtimes whose models are not Claude's, by their name. */
  modelsOfRuntime?: Readonly<Record<string, RuntimeModels>>;
  logger: Logger;
}): CallContent {
  const { rooms, modelOfRole, logger } = options;
  const claude: RuntimeModels = {
    defaultModel: options.defaultModel,
    helperModels: [helperModel],
    isKnown: () => true,
  };
  const ofRuntimes = new Map(Object.entries(options.modelsOfRuntime ?? {}));
  const told = new Map<string, Set<string>>();

  function isNew({ roomId, name }: ContentAgent, { outcome, what, name: thing }: BlockedContent): boolean {
    const key = `${roomId}/${name}`;
    const known = told.get(key) ?? new Set<string>();
    told.set(key, known);
    const entry = `${outcome} ${what} ${thing}`;
    if (known.has(entry) || known.size >= maxTold) return false;
    known.add(entry);
    return true;
  }

  async function notifyRoom({ roomId, name }: ContentAgent, blocked: BlockedContent): Promise<void> {
    const isHeld = await rooms.peek(roomId, (room) => {
      const agent = presentAgent(room, name);
      return agent !== undefined && isGated(agent, room.policy);
    });
    // The agent chose the name, so people who may not see its work do not see it either.
    const thing = isHeld ? blocked.what : `${blocked.what} ${blocked.name}`;
    const text =
      blocked.outcome === "refused"
        ? `A model call of ${name} was refused: it contains a ${thing} that is not allowed here. ${howToAllow(roomId)}`
        : `The ${thing} in model calls of ${name} is left out: this version of Parley does not know it.`;
    const severity = blocked.outcome === "refused" ? "warning" : "info";
    await rooms.execute(roomId, { type: "notice.post", text, about: name, severity });
  }

  return {
    allowedOf: ({ roomId, name }) =>
      rooms.peek(roomId, (room) => {
        const agent = presentAgent(room, name);
        if (!agent) return { models: [], providerAccess: [] };
        const { defaultModel, helperModels, isKnown } = ofRuntimes.get(agent.runtime) ?? claude;
        const ofRole = modelOfRole(agent.role);
        const known = ofRole !== undefined && isKnown(ofRole) ? ofRole : undefined;
        const own = [agent.model, known].filter((model) => model !== undefined);
        const models = own.length > 0 ? own : [defaultModel];
        return { models: [...models, ...helperModels], providerAccess: [...(room.policy.providerAccess ?? [])] };
      }),
    tellOfBlocked(agent, blocked) {
      if (!isNew(agent, blocked)) return;
      logger.info({ roomId: agent.roomId, agent: agent.name, ...blocked }, "a model call held what is not allowed");
      notifyRoom(agent, blocked).catch((error: unknown) =>
        logger.warn({ roomId: agent.roomId, agent: agent.name, error }, "a room could not be told of it"),
      );
    },
  };
}

const howToAllow = (roomId: string) =>
  `What the provider may do on its own servers, an owner can allow with parley room set ${roomId} --provider-access.`;
