import type { FleetProcesses } from "../support/fleet.js";
import type { ParleyProcess } from "../support/parley-process.js";
import type { ChatPlace } from "./chat/chat-place.js";
import { type FaultLog, type FaultLogKind, openFleetOn } from "./fault-log.js";

/** One process of the fleet over its lives. */
export interface Member {
  readonly name: string;
  readonly worker: boolean;
  process: ParleyProcess;
  /** When it was killed or frozen, Unix ms. */
  readonly stoppedAtMs: number[];
  /** Another life of it, on the same folder. */
  restart(): Promise<void>;
}

/** Processes that serve people, one that is a worker, and their shared servers. */
export interface FaultFleet extends FleetProcesses {
  readonly log: FaultLog;
  readonly members: readonly Member[];
  readonly ups: readonly Member[];
  readonly worker: Member;
  /** Platforms that all processes are connected to. */
  readonly chats: readonly ChatPlace[];
}

export async function openFaultFleet(options: {
  ups: number;
  worker?: boolean;
  chats?: readonly ChatPlace[];
  /** Where its rooms are. Default: a stream server. */
  log?: FaultLogKind;
  /** Extra settings of one process. */
  envOf?: (fleet: FleetProcesses & { log: FaultLog }, name: string) => Promise<Record<string, string>>;
}): Promise<FaultFleet> {
  const { ups, worker: withWorker = true, chats = [], log = "streams", envOf = async () => ({}) } = options;
  const fleet = await openFleetOn(log);
  const names = [...Array.from({ length: ups }, (_, index) => `up-${index}`), ...(withWorker ? ["worker"] : [])];
  try {
    const members = await Promise.all(
      names.map(async (name): Promise<Member> => {
        const worker = name === "worker";
        const env = { PARLEY_PUBLIC_URL: "http://rooms.example.org", ...(await envOf(fleet, name)) };
        for (const chat of chats) Object.assign(env, await chat.env(name));
        const member: Member = {
          name,
          worker,
          stoppedAtMs: [],
          process: await fleet.start(name, { worker, env }),
          restart: async () => {
            member.process = await fleet.start(name, { worker, env });
          },
        };
        return member;
      }),
    );
    return {
      ...fleet,
      members,
      ups: members.filter(({ worker }) => !worker),
      worker: members.at(-1) as Member,
      chats,
    };
  } catch (error) {
    await fleet.stop();
    throw error;
  }
}
