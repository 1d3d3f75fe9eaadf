import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ensureBuilt } from "../cli/support/ensure-built.js";
import { rules, text, tool } from "../emulators/anthropic/script.js";
import { type ClaudeParley, docker, startClaudeParley } from "../support/claude-parley.js";
import { type NameServer, startNameServer } from "../support/name-server.js";
import { call, eventually } from "../support/parley-client.js";
import { type PublicHost, startPublicHost } from "../support/public-host.js";
import { needsDocker } from "../support/require.js";

const name = "files.example.org";
const clone = `rm -rf notes; GIT_SSL_CAINFO=/work/ca.pem git clone -q https://${name}/notes.git && cat notes/NOTES`;

/** Runs the requested command and reports its result. */
const fetches = rules([
  { prompt: /fetch the notes/, steps: [tool("Bash", { command: clone, description: "Fetch" }), text("@room tried")] },
  {
    prompt: /read the page/,
    steps: [tool("WebFetch", { url: `https://${name}/hello`, prompt: "What does it say?" }), text("@room read it")],
  },
]);

const browserRole = `---
name: browser
description: Reads pages.
tools:
  allow: [WebFetch]
  autoAllow: [WebFetch]
gate: never
---
You are the browser: you read pages.
`;

/** From inside: the first line that the proxy answers a CONNECT with. */
const ask = (authority: string) =>
  `exec 3<>/dev/tcp/127.0.0.1/3128 && printf 'CONNECT ${authority} HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n' >&3 && head -n 1 <&3`;

needsDocker()("a Claude Code agent in a container", () => {
  let parley: ClaudeParley;
  let host: PublicHost;
  let names: NameServer;
  let skills: string;
  let box: string;

  beforeAll(async () => {
    await ensureBuilt();
    [host, names] = await Promise.all([startPublicHost(name), startNameServer()]);
    names.names[name] = host.address;
    skills = await mkdtemp(join(tmpdir(), "parley-skills-"));
    await mkdir(join(skills, "roles", "browser"), { recursive: true });
    await writeFile(join(skills, "roles", "browser", "SKILL.md"), browserRole);
    parley = await startClaudeParley({
      script: fetches,
      agents: [{ name: "coder" }, { name: "browser" }],
      env: {
        PARLEY_SKILLS_DIR: skills,
        NODE_OPTIONS: `--import ${fileURLToPath(new URL("../support/ask-name-server.mjs", import.meta.url))}`,
        TEST_NAME_SERVER: names.address,
      },
    });
  }, 180_000);
  afterAll(async () => {
    await parley?.stop();
    await host?.stop();
    names?.stop();
    await rm(skills, { recursive: true, force: true });
  }, 60_000);

  async function allow(...egress: string[]): Promise<void> {
    const { url } = parley.server;
    const { roomId, token } = parley.room;
    const answer = await call(`${url}/api/rooms/${roomId}`, { method: "PATCH", token, body: { policy: { egress } } });
    expect(answer.status).toBe(200);
  }

  const inside = (command: string, ...args: string[]) =>
    docker("exec", box, "timeout", "20", "bash", "-c", command, ...args).catch(
      (error: Error) => `failed: ${error.message}`,
    );
  /** Notices about hosts. A busy machine may have others, of an engine that answers late for instance. */
  const notices = async () =>
    (await parley.events())
      .filter(({ type, text }) => type === "notice.posted" && String(text).includes("egress list"))
      .map((event) => event.text);
  const counted = async () => {
    const metrics = await (
      await fetch(`${parley.server.url}/metrics`, { headers: { authorization: `Bearer ${parley.server.adminToken}` } })
    ).text();
    return Object.fromEntries(
      [...metrics.matchAll(/parley_egress_total\{outcome="(\w+)"\} (\d+)/g)].map(([, outcome, count]) => [
        outcome,
        Number(count),
      ]),
    );
  };

  const toolResults = () => parley.model.requests.messages().flatMap(({ input }) => input?.results ?? []);

  /** Has the agent fetch, allows it, and returns the tool's result for the model. */
  async function fetched(): Promise<string> {
    const before = (await parley.events()).filter(({ body }) => body === "tried").length;
    await parley.say("@coder fetch the notes");
    await eventually(
      async () => {
        for (const gate of await parley.openGates()) await parley.decide(gate, { action: "allow" });
        return parley.events();
      },
      (events) => events.filter(({ body }) => body === "tried").length > before,
      90_000,
    );
    // Not the latest request: that may belong to the other agent, which is notified.
    return toolResults().at(-1)?.text ?? "";
  }

  test("in a room without allowed hosts reaches none, is told so, and the room is told which; no name is looked up", {
    timeout: 120_000,
  }, async () => {
    expect(await fetched()).toContain("403");
    box = await parley.container("coder");
    expect(await notices()).toEqual([
      expect.stringMatching(/^coder wanted to reach files\.example\.org, which is not on the room's egress list\. /),
    ]);
    // Claude Code itself asked for nothing: its model's calls came over the socket.
    expect(await counted()).toEqual({ refused: 1 });
    expect([names.asked, host.asked]).toEqual([[], []]);
    const system = JSON.stringify(parley.model.requests.messages()[0]?.body);
    expect(system).toContain("the hosts on this room's egress list: it was empty when you came.");
  });

  test("fetches from a host that the owner allows, without a restart, and no longer after the host is taken off", {
    timeout: 180_000,
  }, async () => {
    await docker("exec", box, "sh", "-c", `printf '%s' "$1" > /work/ca.pem`, "sh", host.certificate);
    await allow(name);
    expect(await fetched()).toContain("what the notes say");
    expect(host.asked).toContain("/notes.git/info/refs");
    expect(new Set(names.asked)).toEqual(new Set([name]));
    expect(await parley.container("coder")).toBe(box);
    await allow();
    expect(await fetched()).toContain("403");
    expect((await notices()).length).toBe(1);
  });

  test("is cut off in the middle when the host is taken off the list", { timeout: 60_000 }, async () => {
    await allow(name);
    const client = `openssl s_client -quiet -proxy 127.0.0.1:3128 -connect ${name}:443 -servername ${name} -CAfile /work/ca.pem`;
    const request = `printf 'GET /slow HTTP/1.1\\r\\nHost: ${name}\\r\\n\\r\\n'; exec sleep 30 2>/dev/null`;
    const startedMs = performance.now();
    const reading = inside(`${client} < <(${request}) 2>&1; echo over`);
    await eventually(
      async () => host.asked,
      (asked) => asked.includes("/slow"),
    );
    await allow();
    const heard = await reading;
    expect(heard).toMatch(/first[\s\S]*over/);
    expect(performance.now() - startedMs).toBeLessThan(15_000);
    expect(await counted()).toMatchObject({ cut: 1 });
  });

  test("with WebFetch in its role reads pages of the allowed hosts, and asks no person about them", {
    timeout: 120_000,
  }, async () => {
    await allow(name);
    const [told, looked] = [await notices(), names.asked.length];
    await parley.say("@browser read the page");
    await eventually(parley.events, (events) => events.some(({ body }) => body === "read it"), 90_000);
    // As far as the host's certificate, which it does not know.
    expect(toolResults().at(-1)?.text).toMatch(/self.signed certificate/i);
    expect(new Set(names.asked.slice(looked))).toEqual(new Set([name]));
    expect(await notices()).toEqual(told);
  });

  test("reaches no address, no name that leads inside, and nothing without the proxy, whatever the list says", {
    timeout: 120_000,
  }, async () => {
    const server = new URL(parley.server.url).port;
    Object.assign(names.names, {
      "loop.example.org": "127.0.0.1",
      "bridge.example.org": "172.17.0.1",
      "metadata.example.org": "169.254.169.254",
      "gateway.example.org": "11.77.19.1",
    });
    const inner = ["loop", "bridge", "metadata", "gateway"].map((one) => `${one}.example.org`);
    await allow(name, ...inner, ...inner.map((one) => `${one}:${server}`));
    // It answers where it may be reached.
    expect(await inside(ask(`${name}:443`))).toContain(" 200 ");
    for (const one of inner) {
      expect(await inside(ask(`${one}:443`))).toContain(" 403 Forbidden");
      expect(await inside(ask(`${one}:${server}`))).toContain(" 403 Forbidden");
      expect(names.asked).toContain(one);
    }
    for (const address of ["127.0.0.1", "172.17.0.1", "169.254.169.254", host.address, "[::1]", "localhost"])
      expect(await inside(ask(`${address}:${server}`))).toMatch(/ 40[03] /);
    // The host answers this machine, and no agent that bypasses the proxy.
    await new Promise<void>((resolve, reject) => {
      const socket = connect(443, host.address, () => resolve(void socket.destroy())).once("error", reject);
    });
    expect(await inside(`exec 3<>/dev/tcp/${host.address}/443`)).toMatch(/unreachable/i);
    expect(await inside(`env -u HTTPS_PROXY -u https_proxy git ls-remote https://${name}/notes.git`)).toMatch(
      /resolve host/i,
    );
  });
});
