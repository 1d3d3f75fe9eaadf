import { chmod, mkdir, writeFile } from "node:fs/promises";
import { createServer as createHttpServer, type RequestListener } from "node:http";
import { type AddressInfo, createServer, type Server } from "node:net";
import { join } from "node:path";
import { afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { createDiscordEmulator } from "../emulators/discord/emulator.js";
import { startGitHubEmulator } from "../emulators/github/emulator.js";
import { createSlackEmulator } from "../emulators/slack/emulator.js";
import { type Home, makeHome, runCliProcess } from "./support/cli.js";
import { ensureBuilt } from "./support/ensure-built.js";
import { runCliHere } from "./support/run-here.js";
import { openSite } from "./support/server.js";

/** Parts of the build, unless a test gives others. */
const usualParts = "docker,claude-code,github,slack";

interface Finding {
  about: string;
  level: "ok" | "warn" | "fail" | "off";
  seen: string;
  todo?: string;
}

let home: Home;
const endings: (() => void)[] = [];

beforeAll(ensureBuilt);
beforeEach(async () => {
  home = await makeHome();
});
afterEach(async () => {
  for (const end of endings.splice(0)) end();
  await home.remove();
});

async function doctor(env: Record<string, string> = {}, from: Home = home) {
  const { code, out, err } = await runCliHere(from, ["doctor", "--json"], {
    env: { PARLEY_PORT: "0", ...env },
    parts: (env.TEST_PARTS ?? usualParts).split(",").filter((part) => part !== ""),
  });
  expect(err).toBe("");
  const findings = (JSON.parse(out) as { findings: Finding[] }).findings;
  return { code, out, of: (about: string) => findings.filter((finding) => finding.about === about) };
}

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen({ host: "127.0.0.1", port: 0 }, resolve));
  endings.push(() => void server.close());
  return (server.address() as AddressInfo).port;
}

const httpService = (answer: RequestListener) => listen(createHttpServer(answer));

describe("a machine where nothing is set up yet", () => {
  test("needs no repair, and describes every part", async () => {
    const { code, of } = await doctor({ TEST_PARTS: "" });
    expect(code).toBe(0);
    expect(of("Node")).toMatchObject([{ level: "ok", seen: process.version }]);
    expect(of("configuration")).toMatchObject([{ level: "ok" }]);
    expect(of("data folder")).toMatchObject([{ level: "off", seen: expect.stringContaining("parley up makes it") }]);
    expect(of("server")).toMatchObject([{ level: "off", todo: "start one with parley up" }]);
    for (const part of ["Docker", "model key", "OpenAI key", "GitHub App", "Redis", "Slack", "Discord"]) {
      expect(of(part), part).toMatchObject([{ level: "off", seen: expect.stringContaining("not used") }]);
    }
  });

  test("is described in words too", async () => {
    const { code, out } = await runCliProcess(home, ["doctor"], { env: { PARLEY_PORT: "0", PARLEY_SANDBOX: "none" } });
    expect(code).toBe(0);
    expect(out).toMatch(/^✓ +Node +v/m);
    expect(out).toContain("Nothing to repair, 0 warnings.");
  });
});

describe("with a server", () => {
  test("says how it is, part by part", async () => {
    const site = await openSite();
    const healthy = await doctor({}, site.home);
    expect(healthy.code).toBe(0);
    expect(healthy.of("server")).toMatchObject([{ level: "ok", seen: expect.stringContaining(site.server().url) }]);
    expect(healthy.of("server: log")).toMatchObject([{ level: "ok" }]);
    expect(healthy.of("token")).toMatchObject([{ level: "ok" }]);
    expect(healthy.of("data folder")).toMatchObject([{ level: "ok" }]);
    expect(healthy.of("port")).toEqual([]);
    expect((await doctor({ PARLEY_TOKEN: "wrong" }, site.home)).of("token")).toMatchObject([{ level: "fail" }]);
    await chmod(site.home.dataDir, 0o755);
    expect((await doctor({}, site.home)).of("data folder")).toMatchObject([
      { level: "warn", todo: `chmod 700 ${site.home.dataDir}` },
    ]);
    await site.kill();
    const gone = await doctor({}, site.home);
    expect(gone.of("server")).toMatchObject([
      { level: "warn", todo: expect.stringContaining("start it again with parley up") },
    ]);
    await site.end();
  });

  test("whose agents cannot be reached is shown with what they wait for, as its health says it", async () => {
    const detail = "messages of 2 agents wait in 1 room: Docker does not answer";
    const port = await httpService((_, response) => {
      const checks = { log: { ok: true }, agents: { ok: false, detail } };
      response.writeHead(200).end(JSON.stringify({ healthy: true, version: "0.1.0", degraded: ["agents"], checks }));
    });
    const { of } = await doctor({ PARLEY_URL: `http://127.0.0.1:${port}` });
    expect(of("server: agents")).toMatchObject([{ level: "warn", seen: detail }]);
  });

  test("where all spending is stopped is shown with what ends it", async () => {
    const port = await httpService((_, response) => {
      const checks = { log: { ok: true }, spending: { ok: false, detail: "all spending was stopped" } };
      response.writeHead(200).end(JSON.stringify({ healthy: true, version: "0.1.0", degraded: ["spending"], checks }));
    });
    const { of } = await doctor({ PARLEY_URL: `http://127.0.0.1:${port}` });
    expect(of("server: spending")).toMatchObject([
      { level: "warn", seen: "all spending was stopped", todo: expect.stringContaining("parley spending resume") },
    ]);
  });

  test("that is sick says so and ends with 1", async () => {
    const port = await httpService((_, response) => {
      const checks = { log: { ok: false, detail: "disk full" }, wakeups: { ok: true } };
      response.writeHead(503).end(JSON.stringify({ healthy: false, version: "0.1.0", degraded: ["log"], checks }));
    });
    const { code, of } = await doctor({ PARLEY_URL: `http://127.0.0.1:${port}` });
    expect(code).toBe(1);
    expect(of("server")).toMatchObject([{ level: "fail" }]);
    expect(of("server: log")).toMatchObject([{ level: "fail", seen: "disk full" }]);
  });
});

describe("own roles", () => {
  const write = async (role: string, markdown: string) => {
    const folder = join(home.folder, "own", "roles", role);
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, "SKILL.md"), markdown);
  };
  const own = () => doctor({ PARLEY_SKILLS_DIR: join(home.folder, "own") });

  test("are named with file, line and reason where they cannot be used", async () => {
    await write("auditor", "---\nname: auditor\ndescription: Checks.\ntools:\n  allowed: [Read]\n---\nCheck.\n");
    const { code, of } = await own();
    expect(code).toBe(1);
    expect(of("roles")).toEqual([
      {
        about: "roles",
        level: "fail",
        seen: `${home.folder}/own/roles/auditor/SKILL.md, line 5: \`allowed\` is unknown here; known are allow, autoAllow, deny`,
        todo: expect.stringContaining("a running server reads it again"),
      },
    ]);
    await write("auditor", "---\nname: auditor\ndescription: Checks.\n---\nCheck.\n");
    expect((await own()).of("roles")).toMatchObject([{ level: "ok", seen: expect.stringContaining("every file") }]);
  });

  test("are missed where the folder is not there or holds none", async () => {
    expect((await own()).of("roles")).toMatchObject([
      {
        level: "fail",
        seen: expect.stringContaining(`${home.folder}/own/roles: there is no such folder; roles lie in`),
      },
    ]);
    await mkdir(join(home.folder, "own", "roles", "auditor"), { recursive: true });
    expect((await own()).of("roles")).toMatchObject([
      { level: "fail", seen: expect.stringContaining("roles/auditor/SKILL.md: there is no SKILL.md in this folder") },
    ]);
  });
});

describe("what has to be repaired", () => {
  test("a port that is taken", async () => {
    const port = await httpService((_, response) => response.end("hello"));
    const { code, of } = await doctor({ PARLEY_PORT: String(port) });
    expect(code).toBe(1);
    expect(of("port")).toMatchObject([{ level: "fail", seen: `127.0.0.1:${port} cannot be listened on: it is taken` }]);
  });

  test("wrong configuration, all of it, without secrets", async () => {
    const { code, of, out } = await doctor({ PARLEY_LOG_LEVEL: "loud", PARLEY_SECRET: "short-secret" });
    expect(code).toBe(1);
    expect(of("configuration").map(({ level }) => level)).toEqual(["fail", "fail"]);
    expect(out).not.toContain("short-secret");
  });

  test("a data folder that is a file, and a token that others can read", async () => {
    await writeFile(join(home.folder, "file"), "");
    expect((await doctor({ PARLEY_DATA_DIR: join(home.folder, "file") })).of("data folder")).toMatchObject([
      { level: "fail", seen: expect.stringContaining("not a folder") },
    ]);
    await mkdir(home.dataDir, { mode: 0o700 });
    await writeFile(join(home.dataDir, "admin-token"), "t");
    await chmod(join(home.dataDir, "admin-token"), 0o644);
    expect((await doctor()).of("data folder")).toMatchObject([
      { level: "warn", todo: expect.stringMatching(/^chmod 600 /) },
    ]);
  });

  test("a key for a part this build lacks", async () => {
    const { code, of } = await doctor({
      TEST_PARTS: "",
      SLACK_BOT_TOKEN: "xoxb-secret",
      SLACK_APP_TOKEN: "xapp-secret",
    });
    expect(code).toBe(0);
    expect(of("Slack")).toMatchObject([
      { level: "warn", seen: "SLACK_BOT_TOKEN, SLACK_APP_TOKEN is set, but this build cannot use it" },
    ]);
  });
});

describe("the model key", () => {
  test("is tried where the models are", async () => {
    const port = await httpService((request, response) => {
      const isGood =
        request.url === "/v1/models?limit=1" &&
        request.headers["x-api-key"] === "good" &&
        request.headers["anthropic-version"];
      response.writeHead(isGood ? 200 : 401).end("{}");
    });
    const env = { TEST_PARTS: "claude-code", ANTHROPIC_BASE_URL: `http://127.0.0.1:${port}/` };
    expect((await doctor({ ...env, ANTHROPIC_API_KEY: "good" })).of("model key")).toMatchObject([{ level: "ok" }]);
    const bad = await doctor({ ...env, ANTHROPIC_API_KEY: "bad-key" });
    expect(bad.of("model key")).toMatchObject([{ level: "fail", seen: expect.stringContaining("refused") }]);
    expect(bad.out).not.toContain("bad-key");
    expect((await doctor({ ...env, CLAUDE_CODE_OAUTH_TOKEN: "x" })).of("model key")).toMatchObject([{ level: "ok" }]);
  });
});

describe("the key of OpenAI", () => {
  test("is tried where its models are", async () => {
    const port = await httpService((request, response) => {
      const isGood = request.url === "/v1/models" && request.headers.authorization === "Bearer good";
      response.writeHead(isGood ? 200 : 401).end("{}");
    });
    const env = { TEST_PARTS: "openai", OPENAI_BASE_URL: `http://127.0.0.1:${port}/v1/` };
    expect((await doctor({ ...env, OPENAI_API_KEY: "good" })).of("OpenAI key")).toMatchObject([{ level: "ok" }]);
    const bad = await doctor({ ...env, OPENAI_API_KEY: "bad-key" });
    const refused = { level: "fail", todo: "make a new key and set OPENAI_API_KEY" };
    expect(bad.of("OpenAI key")).toMatchObject([refused]);
    expect(bad.out).not.toContain("bad-key");
  });
});

describe("Slack", () => {
  test("is asked whether it knows both tokens", async () => {
    const slack = await createSlackEmulator();
    endings.push(() => void slack.stop());
    const env = { ...slack.env, TEST_PARTS: "slack" };
    expect((await doctor(env)).of("Slack")).toMatchObject([
      { level: "ok", seen: expect.stringContaining("Socket Mode") },
    ]);
    expect((await doctor({ ...env, SLACK_BOT_TOKEN: "xoxb-no" })).of("Slack")).toMatchObject([
      { level: "fail", seen: "SLACK_BOT_TOKEN is refused: invalid_auth" },
    ]);
    expect((await doctor({ ...env, SLACK_APP_TOKEN: "xapp-no" })).of("Slack")).toMatchObject([
      { level: "fail", seen: expect.stringContaining("SLACK_APP_TOKEN is refused") },
    ]);
    expect((await doctor({ ...env, SLACK_APP_TOKEN: "", SLACK_SIGNING_SECRET: "" })).of("Slack")).toMatchObject([
      { level: "fail", seen: "no way in" },
    ]);
    expect((await doctor({ ...env, SLACK_API_URL: "http://127.0.0.1:9/api" })).of("Slack")).toMatchObject([
      { level: "fail" },
    ]);
  });

  test("tells of missing scopes with what does not work without them", async () => {
    const slack = await createSlackEmulator();
    endings.push(() => void slack.stop());
    slack.admin.dropScope("users:read");
    expect((await doctor({ ...slack.env, TEST_PARTS: "slack" })).of("Slack")).toMatchObject([
      { level: "warn", seen: "the Slack app lacks the scope users:read (people are called by their ids)" },
    ]);
    slack.admin.dropScope("chat:write");
    expect((await doctor({ ...slack.env, TEST_PARTS: "slack" })).of("Slack")).toMatchObject([
      { level: "fail", todo: "add them under OAuth & Permissions and reinstall the app" },
    ]);
  });
});

describe("Discord", () => {
  async function discordOf() {
    const discord = await createDiscordEmulator();
    endings.push(() => void discord.stop());
    return { discord, env: { ...discord.env, TEST_PARTS: "discord" } };
  }

  test("is asked whether it knows the bot", async () => {
    const { env } = await discordOf();
    expect((await doctor(env)).of("Discord")).toEqual([{ about: "Discord", level: "ok", seen: "parley is known" }]);
    const wrong = await doctor({ ...env, DISCORD_BOT_TOKEN: "wrong-token" });
    expect(wrong.of("Discord")).toMatchObject([{ level: "fail", seen: "DISCORD_BOT_TOKEN is refused (status 401)" }]);
    expect(wrong.out).not.toContain("wrong-token");
  });

  test("tells of a missing intent, missing permissions and a server without the app", async () => {
    const { discord, env } = await discordOf();
    discord.admin.setContent(false);
    discord.admin.deny(["manageWebhooks"]);
    expect((await doctor(env)).of("Discord")).toMatchObject([
      { level: "warn", seen: expect.stringContaining("Message Content Intent is off") },
      { level: "warn", seen: expect.stringContaining("lacks the permission Manage Webhooks") },
    ]);
    discord.admin.removeBot();
    expect((await doctor(env)).of("Discord")).toMatchObject([
      { level: "warn" },
      { level: "fail", todo: "open the invite link and choose the server" },
    ]);
  });
});

describe("the public address", () => {
  test("is missed where threads are shown, and not where none are", async () => {
    const discord = await createDiscordEmulator();
    endings.push(() => void discord.stop());
    const look = async (env: Record<string, string>) =>
      (await doctor({ TEST_PARTS: "discord", ...env })).of("public address");
    expect(await look({})).toEqual([]);
    expect(await look(discord.env)).toMatchObject([
      { level: "warn", todo: expect.stringContaining("PARLEY_PUBLIC_URL") },
    ]);
    expect(await look({ ...discord.env, PARLEY_PUBLIC_URL: "http://127.0.0.1:4400" })).toMatchObject([
      { level: "warn", seen: expect.stringContaining("this machine alone") },
    ]);
    for (const url of ["https://rooms.example.org", "https://localhost.example.org", "https://127.example.org"])
      expect(await look({ ...discord.env, PARLEY_PUBLIC_URL: url })).toMatchObject([{ level: "ok", seen: url }]);
  });
});

describe("Redis", () => {
  const good = "# Persistence\r\naof_enabled:1\r\nmaxmemory_policy:noeviction\r\n";

  /** Speaks as much of RESP as a look needs, and wants a password. */
  const redis = (info = good) =>
    listen(
      createServer((socket) => {
        socket.on("error", () => undefined);
        socket.on("data", (chunk) => socket.write(replies(chunk.toString(), info)));
      }),
    );

  function replies(text: string, info: string): string {
    if (!text.includes("AUTH")) return "-NOAUTH Authentication required.\r\n";
    if (!text.includes("s3cret")) return "-WRONGPASS invalid username-password pair\r\n".repeat(2);
    return `+OK\r\n+PONG\r\n$${info.length}\r\n${info}\r\n`;
  }

  const look = async (url: string, streams = "http://127.0.0.1:9") =>
    (await doctor({ TEST_PARTS: "redis", REDIS_URL: url, DURABLE_STREAMS_URL: streams })).of("Redis");

  test("is advised on persistence and eviction, or that it is not needed", async () => {
    const port = await redis(good.replace("aof_enabled:1", "aof_enabled:0").replace("noeviction", "allkeys-lru"));
    expect(await look(`redis://:s3cret@127.0.0.1:${port}`)).toMatchObject([
      { level: "warn", todo: expect.stringMatching(/appendonly to yes.*noeviction instead of allkeys-lru/) },
    ]);
    expect(await look(`redis://:s3cret@127.0.0.1:${port}`, "")).toMatchObject([
      { level: "warn", seen: expect.stringContaining("needs no Redis") },
    ]);
  });

  test("is asked, with its password", async () => {
    const port = await redis();
    expect(await look(`redis://:s3cret@127.0.0.1:${port}`)).toMatchObject([{ level: "ok" }]);
    expect(await look(`redis://:wrong@127.0.0.1:${port}`)).toMatchObject([
      { level: "fail", seen: expect.stringContaining("WRONGPASS") },
    ]);
    expect(await look(`redis://127.0.0.1:${port}`)).toMatchObject([
      { level: "fail", seen: expect.stringContaining("NOAUTH") },
    ]);
    expect(await look("redis://127.0.0.1:9")).toMatchObject([
      { level: "fail", seen: expect.stringContaining("cannot be reached") },
    ]);
    expect(await look("http://127.0.0.1")).toMatchObject([
      { level: "fail", seen: expect.stringContaining("is not a redis://") },
    ]);
  });
});

describe("Docker", () => {
  async function engine(images: readonly string[]): Promise<string> {
    const socket = join(home.folder, "docker.sock");
    const server = createHttpServer((request, response) => {
      const path = request.url ?? "";
      if (path === "/version") response.end(JSON.stringify({ Version: "28.0.1" }));
      else if (path.startsWith("/images/json"))
        response.end(JSON.stringify(images.map((name) => ({ RepoTags: [name] }))));
      else
        response
          .writeHead(images.some((name) => path === `/images/${encodeURIComponent(name)}/json`) ? 200 : 404)
          .end("{}");
    });
    await new Promise<void>((resolve) => server.listen(socket, resolve));
    endings.push(() => void server.close());
    return `unix://${socket}`;
  }

  test("says which engine answers and whether the image is there", async () => {
    const env = { TEST_PARTS: "docker", DOCKER_HOST: await engine(["parley-agent:1.2.3"]) };
    const found = await doctor(env);
    expect(found.of("Docker")).toMatchObject([{ level: "ok", seen: "engine 28.0.1" }]);
    expect(found.of("agent image")).toMatchObject([{ level: "ok" }]);
    expect((await doctor({ ...env, PARLEY_AGENT_IMAGE: "mine:1" })).of("agent image")).toMatchObject([
      { level: "warn", todo: "docker pull mine:1, or unset PARLEY_AGENT_IMAGE" },
    ]);
    expect((await doctor({ ...env, PARLEY_SANDBOX: "none" })).of("Docker")).toMatchObject([{ level: "off" }]);
  });

  test("fails only where it is asked for", async () => {
    const env = { TEST_PARTS: "docker", DOCKER_HOST: `unix://${join(home.folder, "none.sock")}` };
    expect(await doctor(env)).toMatchObject({ code: 0 });
    const wanted = await doctor({ ...env, PARLEY_SANDBOX: "docker" });
    expect(wanted.code).toBe(1);
    expect(wanted.of("Docker")).toMatchObject([{ level: "fail", todo: expect.stringContaining("start Docker") }]);
  });
});

describe("a GitHub App", () => {
  test("is checked for a working key and its permissions; the key is not shown", async () => {
    const github = await startGitHubEmulator();
    const env = {
      GITHUB_APP_ID: github.appId,
      GITHUB_APP_PRIVATE_KEY: github.privateKey.replaceAll("\n", "\\n"),
      GITHUB_APP_INSTALLATION_ID: github.installation.id,
      GITHUB_API_URL: github.apiUrl,
    };
    expect((await doctor(env)).of("GitHub App")).toMatchObject([{ level: "ok" }]);
    github.installation.permissions = { contents: "read" };
    expect((await doctor(env)).of("GitHub App")).toMatchObject([
      { level: "warn", seen: expect.stringMatching(/only read/) },
    ]);
    const wrong = await doctor({ ...env, GITHUB_APP_INSTALLATION_ID: "1" });
    expect(wrong.code).toBe(1);
    expect(wrong.of("GitHub App")).toMatchObject([{ level: "fail", seen: expect.stringMatching(/404/) }]);
    expect(wrong.out).not.toContain("PRIVATE KEY-");
    const { GITHUB_APP_ID: _left, ...incomplete } = env;
    expect((await doctor(incomplete)).of("GitHub App")).toMatchObject([{ level: "off" }]);
    await github.stop();
  });
});
