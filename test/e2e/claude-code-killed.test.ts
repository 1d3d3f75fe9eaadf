import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Script } from "../emulators/anthropic/script.js";
import { startAnthropicEmulator } from "../emulators/anthropic/server.js";
import { type DockerInstallation, dockerInstallation } from "../support/docker-installation.js";
import {
  type CreatedRoom,
  call,
  eventually,
  exportEvents,
  type GateSeen,
  type LoggedEvent,
} from "../support/parley-client.js";
import { type ParleyProcess, startParley } from "../support/parley-process.js";
import { needsDocker } from "../support/require.js";

const realKey = "sk-ant-the-real-key-of-this-test";
const docker = (...args: string[]) => promisify(execFile)("docker", args).then(({ stdout }) => stdout);

/** It remembers nothing of an attempt that was cut off: all of it is said and asked again, word for word. */
const forgetful: Script = ({ step, results }) =>
  step === 0
    ? { text: "@mia I begin.", tools: [{ tool: "Bash", input: { command: "date +%N >> runs && wc -l < runs" } }] }
    : { text: `@mia it has run ${results.at(-1)?.text.trim()} time(s).` };

/** Claude Code is what the kernel takes first, when many small processes beside it have eaten all memory. */
const eatMemory = `
for process in /proc/[0-9]*; do
  case "$(cat "$process/comm")" in claude) echo 1000 > "$process/oom_score_adj";; esac
done
for one in 1 2 3 4 5 6 7 8 9 10 11 12; do
  (s=$(head -c 100000000 /dev/zero | tr '\\0' x); sleep 60) &
done
wait`;

needsDocker()("an agent that waits for a permission in the middle of its turn", () => {
  let dataDir: string;
  let server: ParleyProcess;
  let installation: DockerInstallation;
  let model: Awaited<ReturnType<typeof startAnthropicEmulator>>;
  let room: CreatedRoom;

  const start = () =>
    startParley({
      dataDir,
      env: { ANTHROPIC_API_KEY: realKey, ANTHROPIC_BASE_URL: model.url, ...installation.env },
    });

  beforeEach(async () => {
    dataDir = await mkdtemp(join(tmpdir(), "parley-killed-"));
    installation = dockerInstallation(dataDir);
    model = await startAnthropicEmulator({ script: forgetful, apiKeys: [realKey] });
    server = await start();
    const created = await call<CreatedRoom>(`${server.url}/api/rooms`, {
      token: server.adminToken,
      body: { name: "work", owner: "mia", agents: [{ name: "coder" }] },
    });
    room = created.body;
  }, 60_000);

  afterEach(async () => {
    await server.kill("SIGTERM");
    await model.stop();
    await installation.remove();
    await rm(dataDir, { recursive: true, force: true });
  }, 60_000);

  const path = (rest: string) => `${server.url}/api/rooms/${room.roomId}/${rest}`;
  const events = () => exportEvents(server.url, room.roomId, room.token);
  const openGates = async () => (await call<{ gates: GateSeen[] }>(path("gates"), { token: room.token })).body.gates;
  const allow = ({ gateId, hash }: GateSeen) =>
    call(path(`gates/${gateId}/decision`), { token: room.token, body: { action: "allow", hash } });
  const container = async () => {
    const filter = `label=dev.parley.label.room=${room.roomId}`;
    return (await docker("ps", "--format", "{{.Names}}", "--filter", filter)).trim();
  };
  const of = (seen: LoggedEvent[], wanted: string) => seen.filter(({ type }) => type === wanted);
  const isLost = (seen: LoggedEvent[]) => of(seen, "turn.ended").some(({ outcome }) => outcome === "lost");

  const deaths: Record<string, () => Promise<unknown>> = {
    "Parley is killed": async () => {
      await server.kill("SIGKILL");
      server = await start();
    },
    "its container is killed": async () => docker("kill", "--signal", "KILL", await container()),
    "its container runs out of memory": async () =>
      docker("exec", await container(), "bash", "-c", eatMemory).catch(() => undefined),
  };
  const words: Record<string, RegExp> = {
    "Parley is killed": /Parley was restarted/,
    "its container is killed": /sandbox of @coder ended: exit code 137.* kept/,
    "its container runs out of memory": /needed more than its 1024 MB of memory.* kept/,
  };

  test.each(Object.keys(deaths))(
    "goes on when %s: it says nothing twice, nobody is asked twice, and what is decided afterwards holds",
    async (how) => {
      await call(path("messages"), { token: room.token, body: { body: "@coder please begin" } });
      const [gate] = await eventually(openGates, (gates) => gates.length > 0, 60_000);
      await deaths[how]?.();
      await eventually(events, isLost, 60_000);
      expect((await allow(gate as GateSeen)).status).toBe(200);
      const seen = await eventually(
        events,
        (all) => of(all, "turn.ended").some(({ outcome }) => outcome === "done"),
        60_000,
      );
      expect(of(seen, "message.posted").map(({ from, body }) => `${from}: ${body}`)).toEqual([
        "mia: please begin",
        "coder: I begin.",
        "coder: it has run 1 time(s).",
      ]);
      expect(of(seen, "gate.opened").map(({ gateId }) => gateId)).toEqual([gate?.gateId]);
      expect(of(seen, "gate.reasked")).toHaveLength(1);
      expect(of(seen, "gate.resolved").map(({ outcome, by }) => [outcome, by])).toEqual([["allowed", "mia"]]);
      expect(of(seen, "turn.ended")).toMatchObject([
        { outcome: "lost", error: expect.stringMatching(words[how] ?? /never/) },
        { outcome: "done" },
      ]);
      expect(await openGates()).toEqual([]);
      const prompts = model.requests.messages().map(({ input }) => input?.prompt ?? "");
      expect(prompts.at(-1)).toContain('attempt 2: you had already posted "I begin."');
      // Killed while it waits for nothing, and spoken to before that is seen: neither is lost.
      await docker("kill", "--signal", "KILL", await container());
      await call(path("messages"), { token: room.token, body: { body: "@coder once more" } });
      const [another] = await eventually(openGates, (gates) => gates.length > 0, 60_000);
      await allow(another as GateSeen);
      await eventually(
        events,
        (all) => of(all, "message.posted").some(({ body }) => body === "it has run 2 time(s)."),
        60_000,
      );
    },
    180_000,
  );
});
