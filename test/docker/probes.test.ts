import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { agentImageTag, CLAUDE_CODE_VERSION } from "../../adapters/docker/image/claude-code-release.js";
import { createDockerSandboxes } from "../../adapters/docker/sandboxes.js";
import { createMemoryLogger } from "../../adapters/memory/logger.js";
import { createSystemClock } from "../../adapters/memory/system-clock.js";
import type { Sandbox, Sandboxes } from "../../src/ports/sandboxes.js";
import {
  agentToken,
  bodyOf,
  canaryKey,
  type ServedGateway,
  serveGateway,
} from "../adapters/anthropic/served-gateway.js";
import { linesOf } from "../contract/sandboxes.js";
import { newInstallationId } from "../support/docker-installation.js";
import { needsDocker } from "../support/require.js";
import { marker, type ProbeBench, type Run, standIns, startProbeBench, tcpProbe, udpProbe } from "./probe-bench.js";

const bobToken = "agt-bob-token";
/** Planted inside, where a search for the key has to find it. */
const planted = { file: "planted-in-a-file-4711", argument: "planted-in-an-argument-4712" };

const claude = [
  ...["claude", "-p", "--input-format", "stream-json", "--output-format", "stream-json", "--verbose"],
  ...[
    "--model",
    "claude-opus-5-5",
    "--tools",
    "Bash,Write",
    "--allowedTools",
    "Bash,Write",
    "--setting-sources",
    "user",
  ],
  ...["--append-system-prompt", `You are mia. ${planted.argument}`],
];
const environment = {
  ANTHROPIC_BASE_URL: "http://127.0.0.1:3128",
  ANTHROPIC_API_KEY: agentToken,
  CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1",
  CLAUDE_CODE_DISABLE_BACKGROUND_TASKS: "1",
  CLAUDE_CODE_MAX_RETRIES: "1",
};

/** Files, environments and arguments that match the pattern. The pattern must not match itself, as it is an argument. */
const searchFor = (text: string): string[] => [
  "bash",
  "-c",
  'grep -rlaE --exclude-dir=proc --exclude-dir=sys "$0" / 2>/dev/null; grep -laE "$0" /proc/[0-9]*/environ /proc/[0-9]*/cmdline 2>/dev/null; true',
  `${text.slice(0, -1)}[${text.slice(-1)}]`,
];

/** One request from inside to the forwarded port; returns the status line, or the error. */
const httpProbe = (call: { method?: string; path?: string; token?: string; body?: string }): string[] => {
  const {
    method = "POST",
    path = "/v1/messages?beta=true",
    token = agentToken,
    body = bodyOf('@@[{"text":"hi"}]'),
  } = call;
  const head = [
    `${method} ${path} HTTP/1.1`,
    ...["Host: model", "Connection: close", "anthropic-version: 2023-06-01", "content-type: application/json"],
    `x-api-key: ${token}`,
    `content-length: ${method === "POST" ? Buffer.byteLength(body) : 0}`,
  ];
  const request = `${head.join("\r\n")}\r\n\r\n${method === "POST" ? body : ""}`;
  return [
    ...["timeout", "20", "bash", "-c", 'exec 3<>/dev/tcp/127.0.0.1/3128 && printf "%s" "$0" >&3 && head -n 1 <&3'],
    request,
  ];
};

needsDocker()("from inside a running agent's container", () => {
  const installationId = newInstallationId();
  let bench: ProbeBench;
  let gateway: ServedGateway;
  let sandboxes: Sandboxes;
  let agent: Sandbox;
  let inside: Run;
  let turn: (prompt: string) => Promise<Record<string, unknown>>;

  beforeAll(async () => {
    [bench, gateway] = await Promise.all([startProbeBench(), serveGateway()]);
    const image = agentImageTag(CLAUDE_CODE_VERSION);
    const clock = createSystemClock();
    sandboxes = createDockerSandboxes({ installationId, image, clock, logger: createMemoryLogger() });
    agent = await sandboxes.start({
      id: "r1-mia",
      labels: { room: "r1" },
      command: claude,
      env: environment,
      limits: { memoryMb: 1_024, cpus: 1, pids: 256 },
      socketDir: gateway.socketDir,
    });
    inside = (command) => agent.exec?.(command) ?? Promise.reject(new Error("no exec"));
    const pipes = await agent.attach();
    const out = linesOf(pipes);
    turn = async (prompt) => {
      const message = { role: "user", content: prompt };
      pipes.stdin.write(`${JSON.stringify({ type: "user", message, parent_tool_use_id: null, uuid: randomUUID() })}\n`);
      while (true) {
        const line = JSON.parse(await out.next()) as Record<string, unknown>;
        if (line.type === "result") return line;
      }
    };
  }, 180_000);
  afterAll(async () => {
    await sandboxes?.remove("r1-mia", { volumes: true });
    await sandboxes?.close();
    await Promise.all([bench?.stop(), gateway?.stop()]);
  }, 180_000);

  test("Claude Code works there, its shell and its files included, through the gateway with the real key", async () => {
    const write = { tool: "Write", input: { file_path: "/work/note.txt", content: planted.file } };
    const look = {
      tool: "Bash",
      input: { command: "tee /tmp/copy < note.txt && id -u", description: "look" },
    };
    const result = await turn(`Go @@[${JSON.stringify(write)},${JSON.stringify(look)},{"text":"done"}]`);
    expect(result).toMatchObject({ is_error: false, result: "done" });
    const calls = gateway.emulator.requests.messages();
    expect(calls.at(-1)?.input?.results.at(-1)?.text).toContain(`${planted.file}1000`);
    expect(new Set(calls.map(({ credential }) => credential?.value))).toEqual(new Set([canaryKey]));
    expect(gateway.used).toHaveLength(calls.length);
  });

  test("the key is in no file, environment or argument; a planted one is found", async () => {
    const found = async (text: string) =>
      (await inside(searchFor(text))).output.split("\n").filter((line) => line !== "");
    expect(await found(planted.file)).toEqual(expect.arrayContaining(["/work/note.txt", "/tmp/copy"]));
    expect(await found(planted.argument)).toContainEqual(expect.stringMatching(/^\/proc\/\d+\/cmdline$/));
    expect(await found(agentToken)).toContainEqual(expect.stringMatching(/^\/proc\/\d+\/environ$/));
    expect(await found(canaryKey)).toEqual([]);
    expect(await found(canaryKey.slice(0, 18))).toEqual([]);
  });

  test("the key is nowhere in the engine's data about the container", async () => {
    const [listed] = await bench.docker.listContainers({
      filters: { label: [`dev.parley.installation=${installationId}`] },
    });
    const container = bench.docker.getContainer(listed?.Id ?? "");
    const kept =
      JSON.stringify(await container.inspect()) + String(await container.logs({ stdout: true, stderr: true }));
    expect(kept).toContain(agentToken);
    expect(kept).toContain(planted.file);
    expect(kept).not.toContain(canaryKey);
  });

  const cannotReach = async (ordinary: Run, probe: readonly string[]) => {
    expect((await ordinary(probe)).output).toContain(marker);
    const refused = await inside(probe);
    expect(refused.output).not.toContain(marker);
    expect(refused.code).not.toBe(0);
    // Refused for want of a network at once, not by a time-out that a slow target would also cause.
    expect(refused.output).toMatch(/unreachable|refused|cannot assign requested address/i);
  };

  test("no address of the host answers", async () => {
    expect(bench.ownAddresses).toContain("172.17.0.1");
    for (const address of bench.ownAddresses) await cannotReach(bench.bridge, tcpProbe(address, bench.everywherePort));
  });

  test("the host's loopback does not answer: it is another one", () =>
    cannotReach(bench.host, tcpProbe("127.0.0.1", bench.loopbackPort)));

  test("no other container answers", () => cannotReach(bench.bridge, tcpProbe(bench.neighbour, 80)));

  test("no metadata service answers, over IPv4 or IPv6", async () => {
    await cannotReach(bench.standIns, tcpProbe(standIns.metadata, 80));
    await cannotReach(bench.standIns, tcpProbe(standIns.metadata6, 80));
  });

  test("the internet does not answer", () => cannotReach(bench.standIns, tcpProbe(standIns.internet, 80)));

  test("names do not resolve, and no datagram gets out", async () => {
    const lookUp = ["timeout", "10", "getent", "hosts", bench.targetName];
    expect((await bench.standIns(lookUp)).output).toContain(bench.targetName);
    expect((await bench.standIns(udpProbe(standIns.internet, "from-outside"))).code).toBe(0);
    await expect.poll(() => bench.datagrams()).toContain("from-outside");
    const refused = await inside(udpProbe(standIns.internet, "from-inside"));
    expect(refused.output).toMatch(/unreachable/i);
    expect((await inside(lookUp)).code).not.toBe(0);
    // A later datagram that arrives shows that an earlier one would have.
    await bench.standIns(udpProbe(standIns.internet, "afterwards"));
    await expect.poll(() => bench.datagrams()).toContain("afterwards");
    expect(await bench.datagrams()).not.toContain("from-inside");
  });

  test("another agent's socket is not there, and its token is worth nothing here", async () => {
    const { socketDir } = await gateway.open("bob", bobToken);
    const hello = `HEAD / HTTP/1.1\r\nHost: m\r\nConnection: close\r\nx-api-key: ${bobToken}\r\n\r\n`;
    const overSocket = (path: string) => [
      "timeout",
      "10",
      "bash",
      "-c",
      'printf "%s" "$0" | socat -t5 - "UNIX-CONNECT:$1"',
      hello,
      path,
    ];
    expect((await bench.withFolder(socketDir, overSocket("/mnt/proxy.sock"))).output).toContain("200 OK");
    expect((await inside(overSocket("/run/parley/proxy.sock"))).output).toContain("403 Forbidden");
    for (const path of [`${socketDir}/proxy.sock`, "/run/parley/../r1-bob/proxy.sock", "/mnt/proxy.sock"]) {
      expect((await inside(overSocket(path))).output).toContain("No such file");
    }
  });

  test("the folder with its socket cannot be changed or filled", async () => {
    for (const change of [
      ["touch", "/run/parley/x"],
      ["rm", "-f", "/run/parley/proxy.sock"],
      ["chmod", "0", "/run/parley"],
    ]) {
      expect((await inside(change)).code).not.toBe(0);
    }
    expect((await inside(["touch", "/work/x"])).code).toBe(0);
  });

  test("one port listens, and behind it only the gateway's routes answer, to this agent's token, and no host is reached", async () => {
    const sockets = (await inside(["cat", "/proc/net/tcp", "/proc/net/tcp6", "/proc/net/udp", "/proc/net/udp6"]))
      .output;
    const listening = sockets.match(/\b[0-9A-F]{8,32}:[0-9A-F]{4} 0+:0000 (?:0A|07)\b/g);
    expect(listening).toEqual(["0100007F:0C38 00000000:0000 0A"]);
    const status = async (call: Parameters<typeof httpProbe>[0]) =>
      (await inside(httpProbe(call))).output.split(" ")[1];
    expect(await status({})).toBe("200");
    expect(await status({ token: bobToken })).toBe("403");
    expect(await status({ token: canaryKey })).toBe("403");
    expect(await status({ method: "GET", path: "/v1/models" })).toBe("403");
    expect(await status({ method: "GET", path: "http://169.254.169.254/latest/meta-data" })).toBe("403");
    // A proxy too, for a room that allows no host.
    const { ownAddresses, everywherePort, targetName } = bench;
    const hosts = [
      ...ownAddresses,
      "127.0.0.1",
      standIns.metadata,
      standIns.internet,
      "[::1]",
      "localhost",
      targetName,
    ];
    for (const host of [...hosts, "example.org"]) {
      expect(await status({ method: "CONNECT", path: `${host}:${everywherePort}` })).toBe("403");
      expect(await status({ method: "GET", path: `http://${host}:${everywherePort}/` })).toMatch(/^40[03]$/);
    }
    expect(await status({ method: "GET", path: "https://example.org/" })).toBe("403");
    expect(await status({ path: "/v1/messages/batches" })).toBe("403");
  });

  test("it answers until the budget is used up, and again when there is more; Claude Code says so at once", async () => {
    gateway.setBudget(false);
    const before = gateway.emulator.requests.messages().length;
    expect((await inside(httpProbe({}))).output).toContain(" 402 ");
    const startedMs = performance.now();
    const result = await turn('@@[{"text":"too much"}]');
    expect(result).toMatchObject({ is_error: true, api_error_status: 402 });
    expect(performance.now() - startedMs).toBeLessThan(15_000);
    expect(gateway.emulator.requests.messages()).toHaveLength(before);
    gateway.setBudget(true);
    expect(await turn('@@[{"text":"on we go"}]')).toMatchObject({ is_error: false, result: "on we go" });
  });
});
