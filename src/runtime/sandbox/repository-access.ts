import { isGated } from "../../core/room/gate.js";
import { type AgentMember, presentAgent, type Room } from "../../core/room/room.js";
import { branchFolderOf, repositoryName, repositoryOf } from "../../core/values/repository.js";
import type { Logger } from "../../ports/logger.js";
import type { RefUpdate, Repositories, RepositoryCaller } from "../../ports/repositories.js";
import type { RoomService } from "../rooms/service.js";
import type { AllowedPushes } from "./allowed-pushes.js";
import type { MeteredAgent } from "./model-access.js";
import type { AskForPush } from "./push-permission.js";

/** Access of every agent to the repository of its room. */
export interface RepositoryAccess {
  /** True if the request is for a repository. */
  takes(request: Request): boolean;
  handle(request: Request, agent: MeteredAgent): Promise<Response>;
}

const path = "/git/";
/** Tools of which an agent needs at least one to have something to push. */
const writingTools = ["Bash", "Write"];

/** Serves a room’s repository to its agents under `/git/`. */
export function createRepositoryAccess(options: {
  repositories: Repositories;
  rooms: RoomService;
  /** Tools of a role; undefined: there is no such role. */
  toolsOf: (role: string) => readonly string[] | undefined;
  askForPush: AskForPush;
  allowedPushes: AllowedPushes;
  logger: Logger;
}): RepositoryAccess {
  const { repositories, rooms, toolsOf, askForPush, allowedPushes, logger } = options;

  function notifyRoom({ roomId, name }: MeteredAgent, text: string): void {
    rooms
      .execute(roomId, { type: "notice.post", text, about: name, severity: "info" })
      .catch((error: unknown) => logger.error({ roomId, agent: name, error }, "a push could not be told in the room"));
  }

  function factsOf(room: Room, name: string) {
    const agent = room.status === "closed" ? undefined : presentAgent(room, name);
    if (!agent) return undefined;
    // A push is visible to everyone immediately, whereas this agent's messages are reviewed first.
    const branchFolder = branchFolderOf({ roomId: room.roomId, name, branchesByRoom: room.branchesByRoom });
    return {
      repository: repositoryOf(room.repo),
      branchFolder,
      whyNoPush: whyNoPush(agent),
      isHeld: isGated(agent, room.policy),
    };
  }

  function whyNoPush({ name, role }: AgentMember): string | undefined {
    const tools = toolsOf(role) ?? [];
    return writingTools.some((tool) => tools.includes(tool))
      ? undefined
      : `${name} only reads: its role has neither Bash nor Write, so it has nothing to push.`;
  }

  return {
    takes: (request) => new URL(request.url).pathname.startsWith(path),
    async handle(request, agent) {
      const { roomId, name } = agent;
      const facts = await rooms.peek(roomId, (room) => factsOf(room, name));
      if (!facts) return new Response("Parley: this agent is not in the room any more.\n", gone);
      const repo = facts.repository;
      const onPushed = (updates: readonly RefUpdate[]) => {
        if (repo) notifyRoom(agent, pushInWords(name, { updates, repository: repositoryName(repo) }));
      };
      const { whyNoPush: whyNot, isHeld } = facts;
      const allowPush: RepositoryCaller["allowPush"] =
        isHeld && repo ? (push) => askForPush(agent, { repository: repo, ...push }) : undefined;
      return repositories.handle(request, {
        roomId,
        agent: name,
        repository: repo,
        branchFolder: facts.branchFolder,
        whyNoPush: whyNot,
        allowPush,
        allowedIn: (refs) => allowedPushes.in(roomId, refs),
        onPushed,
      });
    },
  };
}

const gone = { status: 403, headers: { "content-type": "text/plain; charset=utf-8" } };
const shownIdChars = 7;
const maxShownUpdates = 10;

/** A sentence for people. */
export function pushInWords(
  name: string,
  { updates, repository }: { updates: readonly RefUpdate[]; repository: string },
): string {
  const branchOf = ({ ref }: RefUpdate) => ref.replace(/^refs\/heads\//, "");
  const written = updates.flatMap((one) =>
    one.after === undefined ? [] : [`${branchOf(one)} (${one.after.slice(0, shownIdChars)})`],
  );
  const deleted = updates.filter(({ after }) => after === undefined).map(branchOf);
  const parts = [
    ...(written.length > 0 ? [`pushed ${listed(written)} to ${repository}`] : []),
    ...(deleted.length > 0 ? [`deleted ${listed(deleted)} of ${repository}`] : []),
  ];
  return `${name} ${parts.join(" and ")}`;
}

function listed(items: readonly string[]): string {
  const left = items.length - maxShownUpdates;
  return [...items.slice(0, maxShownUpdates), ...(left > 0 ? [`${left} more`] : [])].join(", ");
}
