import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Docker, { type Container, type ContainerCreateOptions } from "dockerode";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { sessionCommand } from "../../../adapters/claude-code/session-command.js";
import { agentImageTag, CLAUDE_CODE_VERSION } from "../../../adapters/docker/image/claude-code-release.js";
import { probeIsolation } from "../../../adapters/docker/probe.js";
import { execute } from "../../../adapters/docker/sandbox.js";
import { createDockerSandboxes, type DockerSandboxesOptions } from "../../../adapters/docker/sandboxes.js";
import { createMemoryBlobs } from "../../../adapters/memory/blobs.js";
import { createMemoryLogger } from "../../../adapters/memory/logger.js";
import { createSystemClock } from "../../../adapters/memory/system-clock.js";
import type { Sandboxes, SandboxPipes, SandboxSpec } from "../../../src/ports/sandboxes.js";
import { createAgentFiles } from "../../../src/runtime/sandbox/files.js";
import { linesOf } from "../../contract/sandboxes.js";
import { newInstallationId } from "../../support/docker-installation.js";
import { needsDocker } from "../../support/require.js";
import { sha256 } from "../../support/sha256.js";

const image = agentImageTag(CLAUDE_CODE_VERSION);
const docker = new Docker();

/** The engine, except that containers are made another way than they were ordered. */
function engineThat(changes: (config: ContainerCreateOptions) => ContainerCreateOptions): Docker {
  const engine = new Docker();
  const create = engine.createContainer.bind(engine);
  engine.createContainer = ((config: ContainerCreateOptions) => create(changes(config))) as Docker["createContainer"];
  return engine;
}

const withHost =
  (change: NonNullable<ContainerCreateOptions["HostConfig"]>) =>
  (config: ContainerCreateOptions): ContainerCreateOptions => ({
    ...config,
    HostConfig: { ...config.HostConfig, ...change },
  });

/** The engine, except that commands run in a container beside its main process do as `exec` says. */
function engineWhoseExec(exec: () => Promise<never>): Docker {
  const engine = new Docker();
  const get = engine.getContainer.bind(engine);
  const change = (container: Container): Container => Object.assign(container, { exec });
  engine.getContainer = (id) => change(get(id));
  return engine;
}

needsDocker()("containers of agents", () => {
  const closing: (() => Promise<unknown>)[] = [];
  let installationId = "";
  let logger = createMemoryLogger();

  const make = (more: Partial<DockerSandboxesOptions> = {}): Sandboxes => {
    const sandboxes = createDockerSandboxes({ installationId, image, clock: createSystemClock(), logger, ...more });
    closing.push(() => sandboxes.close());
    return sandboxes;
  };
  const spec = (command: readonly string[], more: Partial<SandboxSpec> = {}): SandboxSpec => ({
    id: "r1-mia",
    labels: {},
    command,
    env: {},
    limits: { memoryMb: 64, cpus: 0.5, pids: 32 },
    ...more,
  });
  const found = (): Container => docker.getContainer(`parley-${installationId}-r1-mia`);

  beforeEach(() => {
    installationId = newInstallationId();
    logger = createMemoryLogger();
    closing.push(() => make().remove("r1-mia", { volumes: true }));
  });
  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close();
  });

  describe("walls", () => {
    test.each<[string, (config: ContainerCreateOptions) => ContainerCreateOptions]>([
      ["no network", withHost({ NetworkMode: "bridge" })],
      ["the root is read-only", withHost({ ReadonlyRootfs: false })],
      ["capabilities", withHost({ CapDrop: ["NET_RAW"] })],
      ["capabilities", withHost({ CapAdd: ["SYS_ADMIN"] })],
      ["no new privileges", withHost({ SecurityOpt: [] })],
      ["seccomp", withHost({ SecurityOpt: ["no-new-privileges", "seccomp=unconfined"] })],
      ["not privileged", withHost({ Privileged: true })],
      ["processes of its own", withHost({ PidMode: "host" })],
      ["processes of its own", withHost({ IpcMode: "host" })],
      ["memory limit", withHost({ Memory: 512 * 1_024 * 1_024 })],
      ["no swap", withHost({ MemorySwap: -1 })],
      ["CPU limit", withHost({ NanoCpus: 0 })],
      ["process limit", withHost({ PidsLimit: 0 })],
      ["log limit", withHost({ LogConfig: { Type: "json-file", Config: {} } })],
      ["/tmp", withHost({ Tmpfs: { "/tmp": "rw,exec" } })],
      ["volumes of others", withHost({ Binds: ["/var/run/docker.sock:/var/run/docker.sock"] })],
      [
        "nothing else is mounted (found /mnt/host)",
        (config) => ({
          ...config,
          HostConfig: {
            ...config.HostConfig,
            Mounts: [
              ...(config.HostConfig?.Mounts ?? []),
              { Type: "bind", Source: "/usr/share", Target: "/mnt/host", ReadOnly: true },
            ],
          },
        }),
      ],
      ["the user", (config) => ({ ...config, User: "0" })],
      [
        "no devices",
        withHost({ Devices: [{ PathOnHost: "/dev/null", PathInContainer: "/dev/x", CgroupPermissions: "r" }] }),
      ],
    ])("that are built another way are named, and nothing is left: %s", async (wall, changes) => {
      const starting = make({ docker: engineThat(changes) }).start(spec(["cat"]));
      const error = await starting.then(
        () => undefined,
        (reason: Error) => reason,
      );
      expect(error).toMatchObject({ code: "refused", retryable: false });
      expect(error?.message).toContain(wall);
      await expect(found().inspect()).rejects.toMatchObject({ statusCode: 404 });
    });

    test("are checked from inside too: an ordinary container has hardly any", async () => {
      const ordinary = await docker.createContainer({ Image: image, Cmd: ["sleep", "60"], User: "0" });
      closing.push(() => ordinary.remove({ force: true }));
      await ordinary.start();
      const broken = await probeIsolation((command) => execute(ordinary, command), spec(["sleep", "60"]));
      for (const wall of [
        "the main process runs as user 1000",
        "the main process has no capabilities",
        "a started process can gain no privileges",
        "no network (found lo, eth0)",
        "/ is read-only",
        "/tmp is noexec",
        "the memory limit (as seen from inside)",
        "the process limit (as seen from inside)",
        "the CPU limit (as seen from inside)",
        "the root is read-only",
      ]) {
        expect(broken.some((found) => found.includes(wall)) ? wall : broken).toBe(wall);
      }
    });

    test.each([
      ["does not answer", () => new Promise<never>(() => {}), "timeout", "Docker did not answer within 0.3 s"],
      [
        "answers with 500",
        () => Promise.reject(Object.assign(new Error("try later"), { statusCode: 500 })),
        "unavailable",
        "Docker answers with an error (500)",
      ],
      [
        "is gone",
        () => Promise.reject(Object.assign(new Error("gone"), { code: "ECONNREFUSED" })),
        "unavailable",
        "Docker does not answer",
      ],
    ])(
      "that cannot be looked at because the engine %s are no refusal, and nothing is left",
      async (_, exec, code, outage) => {
        const starting = make({ docker: engineWhoseExec(exec), probeTimeoutMs: 300 }).start(spec(["cat"]));
        await expect(starting).rejects.toMatchObject({ code, retryable: true, outage });
        await expect(found().inspect()).rejects.toMatchObject({ statusCode: 404 });
      },
    );

    test("that cannot be looked at for another reason are refused", async () => {
      const exec = () => Promise.reject(Object.assign(new Error("no such file"), { statusCode: 400 }));
      const starting = make({ docker: engineWhoseExec(exec) }).start(spec(["cat"]));
      await expect(starting).rejects.toMatchObject({ code: "refused", retryable: false });
    });

    test("that were removed or changed since replace the running container", async () => {
      const sandboxes = make();
      const first = await sandboxes.start(spec(["cat"]));
      await found().update({ Memory: 128 * 1_024 * 1_024, MemorySwap: 128 * 1_024 * 1_024 });
      const second = await sandboxes.start(spec(["cat"]));
      expect(second.reattached).toBe(false);
      expect(await first.exited()).toMatchObject({ code: 137 });
      expect(JSON.stringify(logger.records)).toContain("the memory limit");
      const wider = await sandboxes.start(spec(["cat"], { limits: { memoryMb: 96, cpus: 0.5, pids: 32 } }));
      expect(wider.reattached).toBe(false);
      expect((await found().inspect()).HostConfig.Memory).toBe(96 * 1_024 * 1_024);
    });

    test("hold folders of the host read-only, and pass values past the shell", async () => {
      const folder = await mkdtemp(join(tmpdir(), "parley-mounted-"));
      closing.push(() => rm(folder, { recursive: true }));
      await chmod(folder, 0o777);
      const strange = "$(touch /work/owned) `id`; \"'\n--privileged";
      const sandbox = await make().start(
        spec(["printf", "%s", strange], { env: { STRANGE: strange }, labels: { strange }, readOnlyDir: folder }),
      );
      const { stdout } = await sandbox.attach();
      let printed = "";
      for await (const chunk of stdout) printed += String(chunk);
      expect(printed).toBe(strange);
      expect(await make().list()).toEqual([{ id: "r1-mia", labels: { strange }, state: "exited" }]);
      const again = await make().start(spec(["cat"], { readOnlyDir: folder }));
      expect((await again.exec?.(["touch", "/parley/x"]))?.output).toContain("Read-only file system");
      expect((await again.exec?.(["ls", "/work"]))?.output).toBe("");
    });

    test("read the files of messages at the path they are told, and cannot change them", async () => {
      const dir = await mkdtemp(join(tmpdir(), "parley-files-"));
      closing.push(() => rm(dir, { recursive: true }));
      const blobs = createMemoryBlobs();
      const files = createAgentFiles({ blobs, dir, sha256, mountedAt: "/parley" });
      const mia = { roomId: "r1", name: "mia" };
      const sandbox = await make().start(spec(["cat"], { readOnlyDir: await files.dirOf(mia) }));
      const attachments = [];
      for (const name of ["../../etc/shot 1.png", "$(id).txt", "\u202egnp.exe"])
        attachments.push({ name, bytes: name.length, sha256: await blobs.put(Buffer.from(`content of ${name}`)) });
      const paths = await files.place(mia, attachments);
      for (const [index, path] of paths.entries()) {
        const read = await sandbox.exec?.(["cat", path]);
        expect([path, read]).toEqual([path, { code: 0, output: `content of ${attachments[index]?.name}` }]);
        expect((await sandbox.exec?.(["sh", "-c", `echo x > ${path}`]))?.output).toContain("Read-only file system");
      }
      expect(paths).toHaveLength(3);
    });

    test("run compiled programs from the temporary folder, and nothing from /tmp", async () => {
      const started = { command: ["sh", "-c", "cat"], args: [], sessionId: "s1", isFresh: false };
      const sandbox = await make().start(spec(sessionCommand(started)));
      const { stdin, stdout } = await sandbox.attach();
      stdin.write("ready\n");
      expect(await linesOf({ stdout } as SandboxPipes, "stdout").next()).toBe("ready");
      const build = (folder: string) =>
        `f=$(mktemp -p ${folder}) && cp "$(type -P true)" "$f" && chmod +x "$f" && "$f" && echo "ran in ${folder}"`;
      const runIn = async (folder: string) => (await sandbox.exec?.(["bash", "-c", build(folder)]))?.output;
      expect(await runIn("$TMPDIR")).toBe("ran in /home/agent/.tmp\n");
      expect(await runIn("$GOTMPDIR")).toBe("ran in /home/agent/.tmp\n");
      expect(await runIn("/tmp")).toContain("Permission denied");
    });
  });

  describe("ends", () => {
    test("from lack of memory are distinguished from others", async () => {
      const hungry = spec(["bash", "-c", 'read -r; s=x; while true; do s="$s$s"; done']);
      const sandbox = await make().start(hungry);
      const { stdin } = await sandbox.attach();
      stdin.write("go\n");
      expect(await sandbox.exited()).toEqual({ code: 137, outOfMemory: true });
      const killed = await make().start(spec(["cat"]));
      await found().kill({ signal: "SIGKILL" });
      expect(await killed.exited()).toEqual({ code: 137, outOfMemory: false });
    });

    test("that come at once leave their words", async () => {
      const sandbox = await make().start(spec(["bash", "-c", "echo no such session >&2; exit 1"]));
      const { stderr } = await sandbox.attach();
      expect(await linesOf({ stderr } as SandboxPipes, "stderr").next()).toBe("no such session");
      expect(await sandbox.exited()).toEqual({ code: 1, outOfMemory: false });
    });

    test("of a missing program are reported like any other", async () => {
      const sandbox = await make().start(spec(["no-such-program"]));
      expect(await sandbox.exited()).toMatchObject({ code: 127 });
    });
  });

  test("a reader that reads slowly holds the main process back, and the router keeps little", async () => {
    const sandbox = await make().start(spec(["bash", "-c", "read -r; head -c 200000000 /dev/zero; echo; echo end"]));
    const { stdin, stdout } = await sandbox.attach();
    stdin.write("go\n");
    await expect.poll(() => stdout.readableLength, { timeout: 10_000 }).toBeGreaterThan(10_000);
    expect(stdout.readableLength).toBeLessThan(1_000_000);
    let bytes = 0;
    for await (const chunk of stdout) bytes += (chunk as Buffer).length;
    expect(bytes).toBe(200_000_005);
  }, 180_000);

  test("who attaches again and again while it prints misses no line, long ones included", async () => {
    const lines = 3_000;
    const script = `read -r; long=$(head -c 40000 /dev/zero | tr '\\0' x); i=1; while [ $i -le ${lines} ]; do if [ $((i % 100)) = 0 ]; then text=$long; else text=-; fi; echo "$i \${EPOCHREALTIME/./} $text"; [ $((i % 20)) = 0 ] && sleep 0.02; i=$((i+1)); done; sleep 60`;
    const sandbox = await make().start(spec(["bash", "-c", script]));
    const seen = new Set<number>();
    let attachments = 0;
    let printedMs = Date.now();
    let pipes = await sandbox.attach();
    pipes.stdin.write("go\n");
    while (!seen.has(lines)) {
      const reader = linesOf(pipes);
      const wanted = Math.min(lines, seen.size + 250);
      while (seen.size < wanted) {
        const line = await reader.next();
        expect(line).toMatch(/^\d+ \d{16} (-|x{40000})$/);
        const [index, printedUs] = line.split(" ").map(Number);
        seen.add(index ?? 0);
        printedMs = Math.floor((printedUs ?? 0) / 1_000);
      }
      attachments++;
      // A reader that is slower than the printing has read less than was printed when it attached: its last line counts.
      if (!seen.has(lines)) pipes = await sandbox.attach({ missedSinceMs: printedMs - 500 });
    }
    expect([...seen].sort((a, b) => a - b)).toEqual(Array.from({ length: lines }, (_, index) => index + 1));
    expect(attachments).toBeGreaterThanOrEqual(10);
  }, 180_000);

  test("one image is built for all that wait for it, and a missing one is refused with what to do", async () => {
    const missing = `parley-test-missing:${installationId}`;
    await expect(make({ image: missing }).start(spec(["cat"]))).rejects.toMatchObject({
      code: "refused",
      message: expect.stringContaining("parley image build"),
    });
    expect(await make({ image: missing }).check()).toMatchObject({
      ok: false,
      detail: expect.stringContaining(missing),
    });
    let builds = 0;
    const ensureImage = async () => {
      builds++;
      await docker.getImage(image).tag({ repo: "parley-test-missing", tag: installationId });
      closing.push(() => docker.getImage(missing).remove());
    };
    const sandboxes = make({ image: missing, ensureImage });
    closing.push(() => sandboxes.remove("r1-bob", { volumes: true }));
    expect(await sandboxes.check()).toMatchObject({ ok: true, detail: expect.stringContaining("first agent") });
    await Promise.all([sandboxes.start(spec(["cat"])), sandboxes.start({ ...spec(["cat"]), id: "r1-bob" })]);
    expect(builds).toBe(1);
  });

  test("another owner's container of the same name is left alone", async () => {
    const other = await docker.createContainer({
      Image: image,
      name: `parley-${installationId}-r1-mia`,
      Cmd: ["true"],
    });
    await expect(make().start(spec(["cat"]))).rejects.toMatchObject({ code: "refused" });
    expect((await other.inspect()).Id).toBe(other.id);
    await make().remove("r1-mia", { volumes: true });
    expect((await other.inspect()).Id).toBe(other.id);
    await other.remove();
  });
});

describe("an engine that does not answer", () => {
  test("is said so, with what to do", async () => {
    const gone = new Docker({ socketPath: join(tmpdir(), "no-such-engine.sock") });
    const options = {
      installationId: "x",
      image,
      docker: gone,
      clock: createSystemClock(),
      logger: createMemoryLogger(),
    };
    const sandboxes = createDockerSandboxes(options);
    expect(await sandboxes.check()).toMatchObject({ ok: false, detail: expect.stringContaining("Start Docker") });
    await expect(sandboxes.list()).rejects.toMatchObject({ code: "unavailable", retryable: true });
  });
});
