import { z } from "zod";
import { PortError } from "../../src/ports/port-error.js";
import type { Environment } from "./environment.js";
import { identifyThisProcess, isAlive, type ProcessIdentity } from "./process-identity.js";

const ownerKey = "owner";
const ownerSchema = z.object({ pid: z.number(), startTime: z.string(), bootId: z.string() });

function parseOwner(text: string | undefined): ProcessIdentity | undefined {
  if (!text) return undefined;
  try {
    return ownerSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

/**
 * Makes this process the one that may write and returns its epoch. LMDB lets any number of processes in, but the log keeps its heads in
 * memory, so there must be one. Rejects (`in-use`) while another one lives. An owner that died is followed by a higher epoch.
 */
export function takeOwnership(environment: Environment): number {
  const { meta, dir } = environment;
  return environment.root.transactionSync(() => {
    const entry = meta.getEntry(ownerKey);
    const owner = parseOwner(entry?.value);
    if (owner !== undefined && isAlive(owner)) throw inUse(dir, owner);
    const epoch = (entry?.version ?? 0) + 1;
    meta.put(ownerKey, JSON.stringify(identifyThisProcess()), epoch);
    return epoch;
  });
}

export function inUse(dir: string, owner: { pid: number }): PortError {
  return new PortError(
    `The data folder ${dir} is in use by process ${owner.pid}. Nothing was changed. Stop that process, or choose another data folder.`,
    { code: "in-use", retryable: false },
  );
}

/** Lets the next process in. The record stays, so that epochs only rise. */
export async function releaseOwnership(environment: Environment, epoch: number): Promise<void> {
  const { meta } = environment;
  await meta.ifVersion(ownerKey, epoch, () => {
    meta.put(ownerKey, "", epoch);
  });
}

/** For a copy: the process that its record names has another folder. Epochs still only rise. */
export async function forgetOwner({ meta }: Environment): Promise<void> {
  const entry = meta.getEntry(ownerKey);
  if (entry?.version !== undefined) await meta.put(ownerKey, "", entry.version);
}

/**
 * Runs `puts` as one transaction, if this epoch still owns the folder: LMDB compares it inside the transaction. So a process whose owner
 * record was taken over (a process in another container cannot see that this one lives) writes nothing any more.
 * Resolves to false when it was not the owner; true when everything is durable.
 */
export function writeAsOwner(environment: Environment, epoch: number, puts: () => void): Promise<boolean> {
  return environment.meta.ifVersion(ownerKey, epoch, puts);
}
