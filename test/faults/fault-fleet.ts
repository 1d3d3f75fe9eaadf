import { type Fleet, openFleet } from "../support/fleet.js";
import type { ParleyProcess } from "../support/parley-process.js";

/** One process of the fleet over its lives. */
export interface Member {
  readonly name: string;
  readonly worker: boolean;
  process: ParleyProcess;
  /** Another life of it, on the same folder. */
  restart(): Promise<void>;
}

/** Processes that answer people, one that answers nobody, and what they share. */
export interface FaultFleet extends Fleet {
  readonly members: readonly Member[];
  readonly ups: readonly Member[];
  readonly worker: Member;
}

export async function openFaultFleet({ ups }: { ups: number }): Promise<FaultFleet> {
  const fleet = await openFleet();
  const names = [...Array.from({ length: ups }, (_, index) => `up-${index}`), "worker"];
  try {
    const members = await Promise.all(
      names.map(async (name): Promise<Member> => {
        const worker = name === "worker";
        const member: Member = {
          name,
          worker,
          process: await fleet.start(name, { worker }),
          restart: async () => {
            member.process = await fleet.start(name, { worker });
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
    };
  } catch (error) {
    await fleet.stop();
    throw error;
  }
}
