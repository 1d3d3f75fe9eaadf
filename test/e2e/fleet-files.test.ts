import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import type { AnswerOf } from "../../src/protocol/operation-types.js";
import { behindDriver, createSlackProcessDriver } from "../adapters/slack/process-driver.js";
import { openRoom, waitForText } from "../contract/chat-steps.js";
import { openFleet } from "../support/fleet.js";
import { call, eventually } from "../support/parley-client.js";
import type { ParleyProcess } from "../support/parley-process.js";
import { needsRedis } from "../support/require.js";
import { until } from "../support/until.js";

needsRedis()("files in a fleet", () => {
  const endings: (() => Promise<unknown>)[] = [];
  afterEach(async () => {
    for (const end of endings.splice(0).reverse()) await end();
  }, 180_000);

  test("a file that one process took in a thread is given to the agent of another after the first was killed for good", async () => {
    const fleet = await openFleet();
    endings.push(fleet.stop);
    const dir = await mkdtemp(join(tmpdir(), "parley-fleet-files-"));
    endings.push(() => rm(dir, { recursive: true, force: true }));
    let taker: ParleyProcess | undefined;
    let keeper: ParleyProcess | undefined;
    const startAll = async (env: Record<string, string>) => {
      taker = await fleet.start("taker", { env: { PARLEY_PUBLIC_URL: "http://rooms.example.org", ...env } });
      // It has no tokens of the chat: it cannot have got the file from there.
      const runsAgents = { PARLEY_SANDBOX: "process", ANTHROPIC_API_KEY: "sk-ant-of-nobody" };
      const own = { ...runsAgents, PARLEY_DATA_DIR: join(dir, "keeper") };
      keeper = await fleet.start("keeper", { env: { ...own, PARLEY_SKILLS_DIR: env.PARLEY_SKILLS_DIR ?? "" } });
      return taker;
    };
    const driver = await createSlackProcessDriver("socket", { startAll })({ seed: 1 });
    endings.push(driver.stop);
    if (!taker || !keeper) throw new Error("not started");
    const { slack } = behindDriver(driver);
    await driver.until("it is connected", async () => slack.socketMode.connections() >= 1);
    const { owner } = driver.people;
    const place = await openRoom(driver, { name: "files", agents: "teller" });
    const api = `${taker.url}/api/rooms`;
    const { adminToken: token } = taker;
    const { body } = await call<AnswerOf<"listRooms">>(api, { token });
    const room = `${api}/${body.rooms[0]?.roomId}`;

    // Until one of them has its home at the other process.
    let reader = "";
    for (let index = 0; reader === "" && index < 30; index += 1) {
      const name = `reader-${index}`;
      const script = [{ match: "hello", reply: `@room said ${name}` }];
      const added = await call(`${room}/agents`, { token, body: { name, runtime: "scripted", role: "coder", script } });
      expect(added.status).toBe(201);
      await driver.act({ user: owner, ...place, say: `@${name} hello` });
      const seen = await eventually(
        async () =>
          (await call<AnswerOf<"getRoom">>(room, { token })).body.participants.find((one) => one.name === name),
        (agent) => agent?.home !== undefined,
      );
      if (seen?.home === "keeper") reader = name;
    }
    expect(reader).not.toBe("");
    await waitForText(driver, place, `said ${reader}`);

    keeper.signal("SIGSTOP");
    await driver.act({ user: owner, ...place, say: `@${reader} look`, file: { name: "notes.txt", bytes: 1_500_000 } });
    await until("the message with the file is in the room", async () => {
      const page = await call<AnswerOf<"listMessages">>(`${room}/messages`, { token });
      return page.body.messages.some((message) => message.body.includes("[attachment notes.txt"));
    });
    await taker.kill("SIGKILL");
    await rm(join(dir, "taker"), { recursive: true, force: true });
    keeper.signal("SIGCONT");

    const folder = join(dir, "keeper", "agent-files");
    const placed = await eventually(
      async () =>
        (await readdir(folder, { recursive: true }).catch(() => [])).filter((name) => name.endsWith("notes.txt")),
      (names) => names.length > 0,
      60_000,
    );
    expect(placed).toHaveLength(1);
    expect((await readFile(join(folder, placed[0] ?? ""))).length).toBe(1_500_000);
  }, 180_000);
});
