import type { Readable } from "node:stream";
import type Docker from "dockerode";
import type { ContainerCreateOptions } from "dockerode";
import type { Clock } from "../../src/ports/clock.js";
import { PortError } from "../../src/ports/port-error.js";
import { createSlots } from "../kit/slots.js";
import { agentUser } from "./container-config.js";
import { createFrameReader } from "./frames.js";
import { lookedAt } from "./look-scripts.js";
import { removeWholly } from "./owned.js";

/** Of a container that looks into a work folder. It is not a sandbox, so it has none of their labels. */
export const lookLabel = "dev.parley.workspaces";

/** A volume with a work folder. */
export interface WorkVolume {
  name: string;
  labels: Record<string, string>;
}

/** Containers that look into volumes, without network and with the volume read-only, each kept a moment for the next look. */
export interface LookContainers {
  /** Runs `look` with a container of the volume. At most 4 looks at a time, further ones wait; rejects (`unavailable`) beyond 32 of those, or after 30 s. */
  use<T>(volume: WorkVolume, look: (container: Docker.Container) => Promise<T>): Promise<T>;
  /** One for this look alone, removed when `end` is called. */
  open(volume: WorkVolume): Promise<{ container: Docker.Container; end: () => Promise<void> }>;
  /** Releases a volume before it is removed. */
  release(volumeName: string): Promise<void>;
  close(): Promise<void>;
}

const maxLooks = 4;
const maxWaiting = 32;
const waitMs = 30_000;
/** How long a container waits for the next look. */
const idleMs = 20_000;
/** A container ends by itself, should its process be gone. */
const lifeSeconds = 900;

interface Held {
  container: Promise<Docker.Container>;
  looks: number;
  cancelEnd: () => void;
}

/** `image`: of which `sh`, `find`, `dd`, `stat`, `tar`, `timeout` and `git` are used. */
export function createLookContainers(options: {
  docker: Docker;
  image: string;
  installationId: string;
  clock: Clock;
}): LookContainers {
  const { docker, image, installationId, clock } = options;
  const held = new Map<string, Held>();
  const slots = createSlots(maxLooks);
  let waiting = 0;
  let cleaned: Promise<void> | undefined;

  /** Those of a process that was killed. */
  async function removeLeft(): Promise<void> {
    const filters = { label: [`${lookLabel}=${installationId}`] };
    for (const { Id } of await docker.listContainers({ all: true, filters }))
      await removeWholly(docker.getContainer(Id));
  }

  async function start(volume: WorkVolume): Promise<Docker.Container> {
    cleaned ??= removeLeft();
    await cleaned.catch((error: unknown) => {
      cleaned = undefined;
      throw error;
    });
    const container = await docker.createContainer(lookConfig({ image, installationId, volume }));
    try {
      await container.start();
      return container;
    } catch (error) {
      await removeWholly(container);
      throw error;
    }
  }

  async function end(name: string, one: Held): Promise<void> {
    one.cancelEnd();
    if (held.get(name) === one) held.delete(name);
    await removeWholly(await one.container).catch(() => {});
  }

  function take(volume: WorkVolume): Held {
    const known = held.get(volume.name);
    const one = known ?? { container: start(volume), looks: 0, cancelEnd: () => {} };
    one.cancelEnd();
    one.looks += 1;
    held.delete(volume.name);
    held.set(volume.name, one);
    for (const [name, other] of held) if (held.size > maxLooks && other.looks === 0) void end(name, other);
    return one;
  }

  async function slot(): Promise<() => void> {
    if (waiting >= maxWaiting) throw busy();
    waiting += 1;
    const giveUp = new AbortController();
    const cancel = clock.after(waitMs, () => giveUp.abort(busy()));
    try {
      return await slots.take("look", giveUp.signal);
    } finally {
      cancel();
      waiting -= 1;
    }
  }

  return {
    async use(volume, look) {
      const free = await slot();
      const one = take(volume);
      try {
        return await look(await one.container);
      } catch (error) {
        // It may have ended: the next look gets another.
        void end(volume.name, one);
        throw error;
      } finally {
        free();
        one.looks -= 1;
        if (one.looks === 0) one.cancelEnd = clock.after(idleMs, () => void end(volume.name, one));
      }
    },
    async open(volume) {
      const free = await slot();
      const container = await start(volume).catch((error: unknown) => {
        free();
        throw error;
      });
      return {
        container,
        end: async () => {
          free();
          await removeWholly(container).catch(() => {});
        },
      };
    },
    async release(name) {
      const one = held.get(name);
      if (one) await end(name, one);
    },
    async close() {
      await Promise.all([...held].map(([name, one]) => end(name, one)));
    },
  };
}

const busy = () =>
  new PortError("Too many people look into work folders at this moment. Try again.", {
    code: "unavailable",
    retryable: true,
  });

function lookConfig(given: { image: string; installationId: string; volume: WorkVolume }): ContainerCreateOptions {
  const { image, installationId, volume } = given;
  const memoryBytes = 512 * 1_024 * 1_024;
  const mount = {
    Type: "volume",
    Source: volume.name,
    Target: lookedAt,
    ReadOnly: true,
    // Should the volume be removed at this moment, the engine makes it again: with its labels it is removed like the others.
    VolumeOptions: { NoCopy: true, Labels: volume.labels },
  };
  return {
    Image: image,
    Entrypoint: ["/bin/sleep", String(lifeSeconds)],
    Cmd: [],
    Env: ["PATH=/usr/bin:/bin", "LC_ALL=C"],
    User: agentUser,
    WorkingDir: "/",
    Labels: { [lookLabel]: installationId },
    NetworkDisabled: true,
    HostConfig: {
      NetworkMode: "none",
      CapDrop: ["ALL"],
      SecurityOpt: ["no-new-privileges"],
      ReadonlyRootfs: true,
      Tmpfs: { "/tmp": "rw,nosuid,nodev,noexec,size=128m,mode=1777" },
      Memory: memoryBytes,
      MemorySwap: memoryBytes,
      NanoCpus: 1e9,
      PidsLimit: 64,
      AutoRemove: true,
      LogConfig: { Type: "none", Config: {} },
      // @types/dockerode wants fields in a volume mount that the engine does not.
      Mounts: [mount] as never,
    },
  };
}

/** Runs a script in a container; its standard output comes as it is printed. `code` is known after the end of it. */
export async function runScript(
  container: Docker.Container,
  [script, ...args]: readonly [string, ...(string | number)[]],
): Promise<{ output: AsyncIterable<Buffer>; code: () => Promise<number>; stop: () => void }> {
  const Cmd = ["/bin/sh", "-c", script, "look", ...args.map(String)];
  const exec = await container.exec({ Cmd, AttachStdout: true, AttachStderr: false, Tty: false });
  const stream = (await exec.start({ Detach: false, Tty: false })) as Readable;
  return {
    output: framesOf(stream),
    code: async () => (await exec.inspect()).ExitCode ?? 137,
    stop: () => stream.destroy(),
  };
}

async function* framesOf(stream: Readable): AsyncIterable<Buffer> {
  const frames = createFrameReader();
  for await (const chunk of stream)
    for (const frame of frames.read(chunk as Buffer)) if (frame.stream === "stdout") yield frame.bytes;
}
