import { Agent } from "node:http";
import { Agent as TlsAgent } from "node:https";
import Docker, { type Container } from "dockerode";
import type { Clock } from "../../src/ports/clock.js";
import { PortError } from "../../src/ports/port-error.js";
import type { SandboxExit } from "../../src/ports/sandboxes.js";
import { statusOf, within } from "./engine-errors.js";

const retryMs = 1_000;
/** A `wait` whose engine was killed never settles, so the state is read again after this long. */
const waitTimeoutMs = 10_000;
const witnessTimeoutMs = 10_000;
/** Exit code of a process that SIGKILL ended. */
export const killedCode = 137;

export interface ExitWatch {
  id: string;
  container: Container;
  /** Fires when this process releases the sandbox, which keeps running. */
  released: AbortSignal;
  /** True while this process stops the sandbox itself. */
  isStopping: () => boolean;
  clock: Clock;
}

/**
 * Resolves when the container's main process has ended, by the engine's word alone; an engine that is away or restarts is asked again.
 * Rejects with `closed` when `released` fires first.
 */
export async function untilExit(watch: ExitWatch): Promise<SandboxExit> {
  const { id, container, released, clock } = watch;
  while (!released.aborted) {
    try {
      await waitOnce(container, { released, clock });
      const { State: state, Id: containerId } = await container.inspect();
      if (!state.Running) {
        const outOfMemory = state.OOMKilled && state.ExitCode === killedCode;
        const isOurs = outOfMemory || watch.isStopping();
        const byEngine = !isOurs && !(await hasWitness(container, { containerId, state, clock }));
        return { code: state.ExitCode, outOfMemory, ...(byEngine && { byEngine: true as const }) };
      }
    } catch (error) {
      if (statusOf(error) === 404) return { code: killedCode, outOfMemory: false };
      if (!released.aborted) await new Promise<void>((resolve) => clock.after(retryMs, resolve));
    }
  }
  throw new PortError(`This process let go of the sandbox ${id}; it runs on.`, { code: "closed", retryable: false });
}

/** Resolves when the container ended, or after `waitTimeoutMs`. */
async function waitOnce(
  container: Container,
  { released, clock }: Pick<ExitWatch, "released" | "clock">,
): Promise<void> {
  const over = new AbortController();
  const abort = () => over.abort();
  released.addEventListener("abort", abort);
  let cancel = () => {};
  const late = new Promise<void>((resolve) => {
    cancel = clock.after(waitTimeoutMs, resolve);
  });
  try {
    const ended = container.wait({ condition: "not-running", abortSignal: over.signal });
    ended.catch(() => {});
    await Promise.race([ended, late]);
  } finally {
    cancel();
    released.removeEventListener("abort", abort);
    over.abort();
  }
}

/**
 * True if the engine that runs now saw the container end by itself. An engine that stops takes no new connection, and one that was
 * restarted has forgotten the events before: either ended the container itself, or was not there.
 */
async function hasWitness(
  container: Container,
  { containerId, state, clock }: { containerId: string; state: { StartedAt: string }; clock: Clock },
): Promise<boolean> {
  const agent = new (container.modem.protocol === "https" ? TlsAgent : Agent)({ keepAlive: false });
  try {
    const docker = new Docker({ ...container.modem, agent } as Docker.DockerOptions);
    const [since, until] = [Date.parse(state.StartedAt), clock.nowMs() + 1_000].map((ms) => Math.floor(ms / 1_000));
    const filters = { type: ["container"], container: [containerId], event: ["die"] };
    const asked = docker.getEvents({ since, until, filters: JSON.stringify(filters) }).then(readAll);
    const doing = "Asking how a sandbox ended";
    return (await within(asked, { clock, timeoutMs: witnessTimeoutMs, doing })).includes("die");
  } catch {
    return false;
  } finally {
    agent.destroy();
  }
}

async function readAll(stream: NodeJS.ReadableStream): Promise<string> {
  let text = "";
  for await (const chunk of stream) text += String(chunk);
  return text;
}
