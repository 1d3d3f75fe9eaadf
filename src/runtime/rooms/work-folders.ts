import type { FleetCalls } from "../../ports/fleet-calls.js";
import { PortError } from "../../ports/port-error.js";
import type { WorkspaceOwner, Workspaces } from "../../ports/workspaces.js";
import type { RoomService } from "./service.js";
import { answerWorkCall, isWorkCall, type WorkAnswer, type WorkCall, type WorkQuestion } from "./work-call.js";

/** Longer than Git may take there. */
const timeoutMs = 60_000;

export interface WorkFoldersOptions {
  rooms: Pick<RoomService, "read">;
  /** Work folders of this process. Absent: its agents have none. */
  own?: Workspaces | undefined;
  /** Name of this process. */
  node: string;
  /** How the processes of a fleet reach each other. Absent: there is one process. */
  calls?: Pick<FleetCalls, "call"> | undefined;
  /** Parley's version. */
  parley: string;
}

/** Work folders of all agents of a fleet: the process that is the home of an agent answers. */
export interface WorkFolders extends Workspaces {
  /** The answer of this process to a question of another one; undefined: it is no such question. */
  answer(request: unknown): Promise<WorkAnswer> | undefined;
}

/** Rejects with a `PortError` (`unavailable`) that names the home of the agent where that does not answer, and for archives, which are had from their home alone. */
export function createWorkFolders({ rooms, own, node, calls, parley }: WorkFoldersOptions): WorkFolders {
  /** The process to ask; undefined: this one. */
  async function homeOf({ roomId, name }: WorkspaceOwner): Promise<string | undefined> {
    if (!calls) return undefined;
    const home = await rooms.read(roomId, ({ participants }) => {
      const participant = participants.get(name);
      return participant?.kind === "agent" ? participant.home : undefined;
    });
    return home === node ? undefined : home;
  }

  async function ask<T>(
    agent: WorkspaceOwner,
    { here, work }: { here: (own: Workspaces) => Promise<T | undefined>; work: WorkQuestion },
  ): Promise<T | undefined> {
    const home = await homeOf(agent);
    if (home === undefined || !calls) return own && here(own);
    const call: WorkCall = { parley, work, agent };
    const answer = (await calls.call(home, call, { timeoutMs }).catch(() => undefined)) as WorkAnswer | undefined;
    if (answer?.kind === "found") return answer.value as T | undefined;
    if (answer?.kind !== "failed") throw away(agent, home);
    throw new PortError(answer.message, { code: answer.code, retryable: answer.retryable });
  }

  return {
    list: (agent, folder, options = {}) =>
      ask(agent, { here: (folders) => folders.list(agent, folder, options), work: { ask: "list", folder, options } }),
    async read(agent, path, options = {}) {
      const work = { ask: "read", path, options } as const;
      const found = await ask<{ size: number; bytes?: Uint8Array; base64?: string }>(agent, {
        here: (folders) => folders.read(agent, path, options),
        work,
      });
      return found && { size: found.size, bytes: found.bytes ?? Buffer.from(found.base64 ?? "", "base64") };
    },
    status: (agent) => ask(agent, { here: (folders) => folders.status(agent), work: { ask: "status" } }),
    diff: (agent, options = {}) =>
      ask(agent, { here: (folders) => folders.diff(agent, options), work: { ask: "diff", options } }),
    async archive(agent, options) {
      const home = await homeOf(agent);
      if (home !== undefined) throw away(agent, home, "can be downloaded there alone");
      return own?.archive(agent, options);
    },
    answer: (request) => (own && isWorkCall(request, parley) ? answerWorkCall(own, request) : undefined),
  };
}

function away({ name }: WorkspaceOwner, home: string, why = "it does not answer"): PortError {
  const text = `The work folder of ${name} is with the process ${home}: ${why}.`;
  return new PortError(text, { code: "unavailable", retryable: true, outage: `${home} does not answer` });
}
