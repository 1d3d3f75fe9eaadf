import { afterEach, expect, test } from "vitest";
import type { AnswerOf } from "../../src/protocol/operation-types.js";
import { behindDriver, createSlackProcessDriver } from "../adapters/slack/process-driver.js";
import { openRoom, saidIn, waitForText } from "../contract/chat-steps.js";
import { type Fleet, openFleet } from "../support/fleet.js";
import { call } from "../support/parley-client.js";
import type { ParleyProcess } from "../support/parley-process.js";
import { needsRedis } from "../support/require.js";

needsRedis()("a room in a Slack thread, shown by two processes", () => {
  const endings: (() => Promise<unknown>)[] = [];
  afterEach(async () => {
    for (const end of endings.splice(0).reverse()) await end();
  }, 180_000);

  /** The process that shows the room now. */
  async function holderOf(fleet: Fleet): Promise<string> {
    const [key = ""] = (await fleet.redis.command("KEYS", "*:lease:mirror/*")) as string[];
    return String(await fleet.redis.command("GET", key)).split("/")[0] ?? "";
  }

  test("every message is in the thread once, and within 15 s when the process that shows it is killed", async () => {
    const fleet = await openFleet();
    endings.push(fleet.stop);
    const processes = new Map<string, ParleyProcess>();
    const startAll = async (env: Record<string, string>) => {
      for (const name of ["a", "b"])
        processes.set(
          name,
          await fleet.start(name, { env: { PARLEY_PUBLIC_URL: "http://rooms.example.org", ...env } }),
        );
      return processes.get("a") as ParleyProcess;
    };
    const driver = await createSlackProcessDriver("socket", { startAll })({ seed: 1 });
    endings.push(driver.stop);
    const { slack } = behindDriver(driver);
    await driver.until("both are connected", async () => slack.socketMode.connections() >= 2);
    const { owner } = driver.people;
    const place = await openRoom(driver, { name: "shared", agents: "teller", message: "@teller say hello" });
    await waitForText(driver, place, "said hello");
    for (let n = 0; n < 6; n += 1) await driver.act({ user: owner, ...place, say: `@teller say word${n}` });
    // Two processes take them: the order is open, but each arrives.
    for (let n = 0; n < 6; n += 1) await waitForText(driver, place, `said word${n}`);

    const holder = await holderOf(fleet);
    const survivor = processes.get(holder === "a" ? "b" : "a") as ParleyProcess;
    await processes.get(holder)?.kill("SIGKILL");
    const killedMs = performance.now();
    const { body } = await call<AnswerOf<"listRooms">>(`${survivor.url}/api/rooms`, {
      token: survivor.adminToken,
    });
    const path = `${survivor.url}/api/rooms/${body.rooms[0]?.roomId}/messages`;
    for (const text of ["after the kill", "and after that"])
      expect((await call(path, { token: survivor.adminToken, body: { body: text } })).status).toBe(201);
    await waitForText(driver, place, "and after that");
    const tookMs = performance.now() - killedMs;
    console.log(`shown by the other process ${Math.round(tookMs)} ms after kill -9`);
    expect(tookMs).toBeLessThan(15_000);
    const seen = (await driver.seen(place)).map(({ text }) => text);
    for (const text of ["after the kill", "and after that"])
      expect(
        seen.filter((shown) => shown.includes(text)),
        text,
      ).toHaveLength(1);
    const said = saidIn(await driver.seen(place));
    for (const word of ["hello", ...Array.from({ length: 6 }, (_, n) => `word${n}`)])
      expect(
        said.filter((one) => one === word),
        word,
      ).toHaveLength(1);
    expect(await driver.violations()).toEqual([]);
  }, 180_000);
});
