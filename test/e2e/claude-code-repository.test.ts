import { afterEach, beforeEach, expect, test } from "vitest";
import { ensureBuilt } from "../cli/support/ensure-built.js";
import { byRole, rules, type Script, text, tool } from "../emulators/anthropic/script.js";
import { type GitHubEmulator, startGitHubEmulator } from "../emulators/github/emulator.js";
import { type ClaudeParley, docker, startClaudeParley } from "../support/claude-parley.js";
import { eventually, type GateSeen, type LoggedEvent } from "../support/parley-client.js";
import { needsDocker } from "../support/require.js";

/** Of the coder of the room that runs; it has the room's id in it. */
let branch = "";
const canary = "ghs_canary";

/** Works as its role says, in the folder it finds. */
const script: Script = byRole({
  coder: rules([
    {
      prompt: /REVIEW_FEEDBACK/,
      steps: [text("@room DONE: reviewed.")],
    },
    {
      prompt: /say hello/,
      steps: (input) => [
        tool("Bash", { command: "cat /work/README.md", description: "Look" }),
        text(`@room DONE: ${input.results.at(-1)?.text ?? "nothing"}`),
      ],
    },
    {
      prompt: /greeting/,
      steps: (input) => [
        tool("Bash", {
          command: `cd /work && git branch --show-current && git log -1 --format=%s && echo two >> src/a.txt && git commit -qam Second && git push -q origin HEAD:${branch} && git log -1 --format='%an %ae'`,
          description: "Commit and push",
        }),
        text(`@reviewer REVIEW_REQUEST: ${branch}: ${input.results.at(-1)?.text ?? ""}`),
      ],
    },
  ]),
  reviewer: rules([
    {
      prompt: /REVIEW_REQUEST/,
      steps: (input) => [
        tool("Read", { file_path: `/work/.parley/changes/${branch}.diff` }),
        tool("Read", { file_path: `/work/.parley/branches/${branch}/src/a.txt` }),
        text(`@coder REVIEW_FEEDBACK: ${input.results.map((result) => result.text).join("\n")}`),
      ],
    },
  ]),
});

needsDocker()("a room with a repository", () => {
  let parley: ClaudeParley | undefined;
  let github: GitHubEmulator;

  beforeEach(async () => {
    await ensureBuilt();
    github = await startGitHubEmulator();
  }, 180_000);
  afterEach(async () => {
    await parley?.stop();
    parley = undefined;
    await github.stop();
  }, 60_000);

  async function start(agents: readonly object[], more: object = {}): Promise<ClaudeParley> {
    const repo = await github.addRepository("acme/widgets", { "README.md": "Widgets\n", "src/a.txt": "one\n" });
    await github.addRepository("acme/secret");
    parley = await startClaudeParley({
      script,
      agents,
      room: { repo, ...more },
      env: {
        GITHUB_APP_ID: github.appId,
        GITHUB_APP_PRIVATE_KEY: github.privateKey,
        GITHUB_APP_INSTALLATION_ID: github.installation.id,
        GITHUB_API_URL: github.apiUrl,
        PARLEY_LOG_LEVEL: "debug",
      },
    });
    branch = `parley/${parley.room.roomId}/coder/greeting`;
    return parley;
  }

  /** Lets the tools run that wait for it. */
  const untilSaid = (room: ClaudeParley, start: string): Promise<LoggedEvent[]> =>
    eventually(
      async () => {
        for (const gate of await room.openGates()) await room.decide(gate, { action: "allow" });
        return room.events();
      },
      (events) => events.some(({ type, body }) => type === "message.posted" && String(body).startsWith(start)),
      120_000,
    );
  const inContainer = async (agent: string, command: string) =>
    docker("exec", (await parley?.container(agent)) ?? "", "sh", "-c", `(${command}) 2>&1 || true`);
  const said = (events: LoggedEvent[], from: string) =>
    events.filter((event) => event.type === "message.posted" && event.from === from).map(({ body }) => String(body));
  const noticesIn = (events: LoggedEvent[]) =>
    events.filter(({ type }) => type === "notice.posted").map((event) => String(event.text));

  test("a coder clones, commits and pushes its branch; a reviewer that only reads sees what changed; no token is anywhere", {
    timeout: 240_000,
  }, async () => {
    const room = await start([{ name: "coder" }, { name: "reviewer" }]);
    await room.say("@coder please change the greeting");
    const events = await untilSaid(room, "DONE");
    const [request] = said(events, "coder");
    expect(request).toContain("main\nFirst\n");
    expect(request).toContain(`coder coder@${room.room.roomId}.parley.invalid`);
    const [feedback] = said(events, "reviewer");
    expect(feedback).toContain("+two");
    expect(feedback).toContain("diff --git a/src/a.txt b/src/a.txt");
    const pushed = (await github.git("acme/widgets", "rev-parse", branch)).trim();
    expect(noticesIn(events)).toEqual([`coder pushed ${branch} (${pushed.slice(0, 7)}) to acme/widgets`]);
    expect((await github.git("acme/widgets", "log", "--format=%s", "main")).trim()).toBe("First");

    expect(await inContainer("coder", "cd /work && git push origin HEAD:main")).toContain(
      "remote: Parley: you push branches parley/",
    );
    expect(await inContainer("reviewer", "cd /work && git push origin HEAD:parley/reviewer/x")).toContain(
      "remote: Parley: reviewer only reads: its role has neither Bash nor Write",
    );
    expect(await inContainer("coder", `git clone https://${github.host}/acme/secret /tmp/secret`)).toMatch(
      /Could not connect|Failed to connect|unable to access/,
    );
    const at = `http://127.0.0.1:3128/git/${github.host}/acme/secret`;
    expect(await inContainer("coder", `git clone ${at} /tmp/secret`)).toContain(
      "remote: Parley: only the repository of this room can be reached",
    );
    for (const agent of ["coder", "reviewer"]) {
      const everything =
        "env; cat /proc/*/environ /proc/*/cmdline; grep -rs . /home/agent /work /tmp; cat /work/.git/config";
      expect(await inContainer(agent, everything), agent).not.toContain(canary);
    }
    const health = await fetch(`${room.server.url}/api/health`, {
      headers: { authorization: `Bearer ${room.server.adminToken}` },
    });
    expect(await health.json()).toMatchObject({ checks: { github: { ok: true } } });
    const seen = await room.seenByViewer("DONE");
    const shown = [room.server.output(), JSON.stringify(events), seen].join();
    expect(shown).not.toContain(canary);
    expect(shown).not.toContain("PRIVATE KEY-");
    expect(github.issued.map(({ repositories }) => repositories)).toEqual([["acme/widgets"], ["acme/widgets"]]);
  });

  test("that cannot be cloned is reported to the room and the agent, and is there when the session opens again", {
    timeout: 240_000,
  }, async () => {
    const room = await start([{ name: "coder" }], { branch: "main" });
    github.inject({ on: "git", kind: { status: 503 } });
    await room.say("@coder please say hello");
    const events = await untilSaid(room, "DONE");
    const [notice] = noticesIn(events);
    expect(notice).toMatch(
      /^coder works without https:.*acme\/widgets: it could not be cloned \(.* answered 503\. Try again later\)/,
    );
    expect(room.model.requests.messages()[0]?.input?.prompt).toMatch(/^\[parley \| your work folder has no clone of/);
    await docker("rm", "-f", await room.container("coder"));
    await room.say("@coder please say hello again");
    const later = await eventually(
      async () => {
        for (const gate of await room.openGates()) await room.decide(gate, { action: "allow" });
        return said(await room.events(), "coder");
      },
      (all) => all.length > 1,
      120_000,
    );
    expect(later.at(-1)).toContain("DONE: Widgets");
  });

  test("is cloned again after Parley was killed during the clone, and the agent gets every message", {
    timeout: 240_000,
  }, async () => {
    const room = await start([{ name: "coder" }]);
    github.inject({ on: "git", kind: "slow" });
    await room.say("@coder please say hello");
    await eventually(
      async () => github.openRequests(),
      (open) => open === 1,
      60_000,
    );
    await room.restart();
    const events = await untilSaid(room, "DONE");
    expect(said(events, "coder")).toEqual(["DONE: Widgets"]);
    expect(room.model.requests.messages()[0]?.input?.system).toContain("Your name is coder.");
    expect(noticesIn(events).filter((notice) => notice.includes("works without"))).toEqual([]);
  });

  test("a push of an agent whose messages are held waits for a person, and goes out when it is allowed", {
    timeout: 240_000,
  }, async () => {
    const room = await start([{ name: "coder", gate: "always" }, { name: "reviewer" }]);
    await room.say("@coder please change the greeting");
    const refs = async () =>
      (await github.git("acme/widgets", "for-each-ref", "--format=%(refname)")).trim().split("\n");
    const untilGate = (isIt: (gate: GateSeen) => boolean, allowed: (gate: GateSeen) => boolean = () => false) =>
      eventually(
        async () => {
          const gates = await room.openGates();
          for (const gate of gates) if (allowed(gate)) await room.decide(gate, { action: "allow" });
          return gates.find(isIt);
        },
        (gate) => gate !== undefined,
        120_000,
      );
    const isPush = ({ kind, body }: GateSeen) => kind === "tool" && body.includes('"updates"');
    const push = await untilGate(isPush, (gate) => gate.kind === "tool" && !isPush(gate));
    expect(JSON.parse(push?.body ?? "")).toMatchObject({
      repository: `https://${github.host}/acme/widgets`,
      updates: [{ branch, after: expect.stringMatching(/^[0-9a-f]{40}$/) }],
    });
    expect(await refs()).toEqual(["refs/heads/main"]);
    await room.decide(push!, { action: "allow" });
    const held = await untilGate(({ kind }) => kind === "message");
    expect(held?.body).toContain(`REVIEW_REQUEST: ${branch}`);
    expect(await refs()).toEqual(["refs/heads/main", `refs/heads/${branch}`]);
    expect(noticesIn(await room.events())).toEqual([expect.stringContaining(`coder pushed ${branch}`)]);
  });
});
