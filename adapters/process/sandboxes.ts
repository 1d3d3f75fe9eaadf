import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Clock } from "../../src/ports/clock.js";
import type { Logger } from "../../src/ports/logger.js";
import { PortError } from "../../src/ports/port-error.js";
import type { Sandbox, Sandboxes, SandboxSpec } from "../../src/ports/sandboxes.js";
import { fixedSettings, type Launched, launch } from "./launch.js";
import { foldersOf, openOutputs, type ProcessId, readLabels, readRecord, signal, stateOf } from "./run-folder.js";
import { type HeldSandbox, holdSandbox } from "./sandbox.js";

export interface ProcessSandboxesOptions {
  /** Absolute. Homes, work folders and pipes of all sandboxes; the same over restarts. */
  dir: string;
  /** PATH the main processes get. */
  path: string;
  clock: Clock;
  logger: Logger;
}

const idPattern = /^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$/;
const goneMs = 10;

/**
 * Main processes on this host, as the user Parley runs as. There are NO walls: an agent reaches every file and address that user does, and `limits`
 * are not enforced. Only HOME, TMPDIR and the working folder are the sandbox's own. `/run/parley` and `/parley` at the start of a word of the command or of a value of the
 * environment become the host's folders.
 */
export function createProcessSandboxes({ dir, path, clock, logger }: ProcessSandboxesOptions): Sandboxes {
  const held = new Map<string, HeldSandbox>();
  const last = new Map<string, Promise<unknown>>();
  let isClosed = false;

  function oneByOne<T>(id: string, work: () => Promise<T>): Promise<T> {
    const result = (last.get(id) ?? Promise.resolve()).then(work, work);
    last.set(id, result);
    const forget = () => {
      if (last.get(id) === result) last.delete(id);
    };
    result.then(forget, forget);
    return result;
  }

  async function takeHold(spec: SandboxSpec): Promise<Sandbox | undefined> {
    const folders = foldersOf(dir, spec.id);
    const record = await readRecord(folders);
    if (!record || stateOf(record.process) === "exited") return undefined;
    if (record.mounts !== fixedSettings(spec)) {
      logger.info({ sandbox: spec.id }, "a running sandbox is replaced: its folders are others");
      return undefined;
    }
    const known = held.get(spec.id);
    const sandbox = known && !known.hasExited ? known.again() : takeOver(spec.id, record.process);
    await sandbox.resume();
    return sandbox;
  }

  function takeOver(id: string, process: ProcessId): Sandbox {
    held.get(id)?.release();
    return hold(id, { process, outputs: openOutputs(foldersOf(dir, id)) }, true);
  }

  function hold(id: string, launched: Launched, reattached: boolean): Sandbox {
    const holding = holdSandbox({ id, folders: foldersOf(dir, id), ...launched, reattached, clock });
    held.set(id, holding);
    return holding.sandbox;
  }

  async function start(spec: SandboxSpec): Promise<Sandbox> {
    if (isClosed) throw new PortError("Parley is stopping.", { code: "closed", retryable: false });
    const running = await takeHold(spec);
    if (running) return running;
    await end(spec.id);
    return hold(spec.id, await launch({ spec, folders: foldersOf(dir, spec.id), path, clock }), false);
  }

  /** Kills what runs under that id, and drops all but its volumes. */
  async function end(id: string): Promise<void> {
    const folders = foldersOf(dir, id);
    const record = await readRecord(folders);
    if (record && stateOf(record.process) !== "exited") {
      signal(-record.process.keeper.pid, "SIGKILL");
      while (stateOf(record.process) !== "exited") await new Promise<void>((resolve) => clock.after(goneMs, resolve));
    }
    const holding = held.get(id);
    held.delete(id);
    if (holding) await holding.sandbox.exited().catch(() => {});
    await rm(folders.run, { recursive: true, force: true });
  }

  return {
    start(spec) {
      if (spec.readOnlyWork) return Promise.reject(cannotMount());
      if (idPattern.test(spec.id) && spec.command.length > 0) return oneByOne(spec.id, () => start(spec).catch(failed));
      const text = `${JSON.stringify(spec.id)} is not an id for a sandbox, or it has no command. Nothing ran.`;
      return Promise.reject(new PortError(text, { code: "refused", retryable: false }));
    },
    async list() {
      const ids = (await readdir(dir).catch(() => [])).filter((id) => idPattern.test(id));
      const records = await Promise.all(ids.map(async (id) => ({ id, record: await readRecord(foldersOf(dir, id)) })));
      return records.flatMap(({ id, record }) =>
        record ? [{ id, labels: record.labels, state: stateOf(record.process) }] : [],
      );
    },
    async homes() {
      const ids = (await readdir(dir).catch(() => [])).filter((id) => idPattern.test(id));
      return Promise.all(ids.map(async (id) => ({ id, labels: await readLabels(foldersOf(dir, id)) })));
    },
    async remove(id, { volumes }) {
      if (!idPattern.test(id)) return;
      await oneByOne(id, async () => {
        await end(id);
        if (volumes) await rm(join(dir, id), { recursive: true, force: true });
      });
    },
    check: async () => ({
      ok: true,
      detail:
        "Agents run as processes of this user, without walls: they can reach everything this user can. Use Docker.",
    }),
    async close() {
      isClosed = true;
      for (const holding of held.values()) holding.release();
      held.clear();
    },
  };
}

function cannotMount(): PortError {
  const text = "A process of this host has no walls, so its work folder cannot be read-only. Nothing ran; use Docker.";
  return new PortError(text, { code: "refused", retryable: false });
}

function failed(error: unknown): never {
  if (error instanceof PortError) throw error;
  const words = error instanceof Error ? error.message : String(error);
  throw new PortError(`The process was not started: ${words}. Its home is kept. Try again.`, {
    code: "unavailable",
    retryable: true,
    cause: error,
  });
}
