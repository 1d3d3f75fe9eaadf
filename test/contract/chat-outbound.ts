import { expect } from "vitest";
import type { WithDriver } from "./chat.js";
import { attach } from "./chat-gates.js";
import { openRoom, saidIn, textsWith, waitForText } from "./chat-steps.js";

export function testOutbound(withDriver: WithDriver, { backlog }: { backlog: number }): void {
  withDriver("posts a long text in parts with closed fences, and a very long one as a file", async (driver) => {
    const place = await openRoom(driver, { name: "long-texts", agents: "teller" });
    const { owner } = driver.people;
    const line = "const answer = 42; // a line of code\n";
    const code = (chars: number) => `\`\`\`ts\n${line.repeat(Math.ceil(chars / line.length))}\`\`\``;
    const parts = Math.min(3, driver.supports.maxParts);
    const chars = driver.supports.maxPostChars * (parts - 0.5);
    await driver.act({ user: owner, ...place, say: `@teller repeat ${code(chars)}` });
    await driver.until("all parts", async () => (await fromTeller()).length >= parts);
    await driver.pass(3_000);
    for (const { text } of await fromTeller()) expect(text.match(/```/g)?.length).toBe(2);
    const shown = (await fromTeller()).map(({ text }) => text.split("const answer = 42;").length - 1);
    expect(shown.reduce((sum, count) => sum + count, 0)).toBe(Math.ceil(chars / line.length));

    const before = (await fromTeller()).length;
    const long = code(Math.min(30_000, driver.supports.maxPostChars * (driver.supports.maxParts + 1)));
    if (long.length <= driver.supports.maxPostChars * driver.supports.maxParts) return;
    await driver.act({ user: owner, ...place, say: `@teller repeat ${long}` });
    await driver.until("the file", async () => (await fromTeller()).length === before + 1);
    expect((await fromTeller()).at(-1)?.file?.trim()).toBe(long.trim());

    async function fromTeller() {
      return (await driver.seen(place)).filter((one) => one.from === "teller");
    }
  });

  withDriver("carries a file from one thread of a room to another, under its message", async (driver) => {
    const { owner } = driver.people;
    const one = await openRoom(driver, { name: "carried", agents: "teller" });
    const other = await attach(driver, "carried");
    const text = "notes that were written elsewhere";
    await driver.act({
      user: owner,
      ...one,
      say: "look at this",
      file: { name: "notes.txt", bytes: text.length, text },
    });
    await driver.until("the file is there", async () => (await carried()).length > 0);
    await driver.pass(5_000);
    const shown = await carried();
    expect(shown.map(({ file }) => file)).toEqual([text]);
    expect(shown[0]?.text).toMatch(/notes\.txt.*33 B/s);
    expect((await driver.seen(one)).filter(({ isPerson, file }) => !isPerson && file !== undefined)).toEqual([]);

    async function carried() {
      return (await driver.seen(other)).filter(({ file }) => file !== undefined);
    }
  });

  withDriver("two rooms in one channel and one room in two channels neither mix nor echo", async (driver) => {
    const { owner, member } = driver.people;
    const one = await openRoom(driver, { name: "one", agents: "teller" });
    const two = await openRoom(driver, { name: "two", agents: "teller" });
    const other = await attach(driver, "one");
    await driver.act({ user: owner, ...one, say: "@teller say in-one" });
    await driver.act({ user: owner, ...two, say: "@teller say in-two" });
    await driver.act({ user: member, ...other, say: "@teller say in-other" });
    await driver.until("all is said", async () => saidIn(await driver.seen(other)).length === 2);
    await driver.pass(5_000);
    expect(saidIn(await driver.seen(one))).toEqual(["in-one", "in-other"]);
    expect(saidIn(await driver.seen(other))).toEqual(["in-one", "in-other"]);
    expect(saidIn(await driver.seen(two))).toEqual(["in-two"]);
    const byPeople = async (place: typeof one) =>
      (await textsWith(driver, place, "say in-")).filter((text) => !/said/.test(text));
    expect(await byPeople(one)).toHaveLength(2);
    expect(await byPeople(other)).toHaveLength(2);
    expect(await byPeople(two)).toHaveLength(1);
  });

  withDriver(
    `a backlog of ${backlog} under rate limits keeps its order; another channel and private answers do not wait`,
    async (driver) => {
      const { owner } = driver.people;
      const busy = await openRoom(driver, { name: "busy", agents: "teller" });
      const calm = await openRoom(driver, { name: "calm", agents: "teller", channel: driver.channels[1] });
      let calls = 0;
      await driver.setFaults(({ method, channel }) => {
        if (method !== "post" || channel !== busy.channel) return undefined;
        calls += 1;
        return calls % 40 === 0 ? { kind: "limited", retryAfterMs: 5_000 } : undefined;
      });
      for (let at = 0; at < backlog; at += 10) {
        const batch = Array.from({ length: 10 }, (_, step) => `b${at + step}`);
        for (const token of batch) await driver.act({ user: owner, ...busy, say: `@teller say ${token}` });
      }
      const startedMs = driver.nowMs();
      const answer = await driver.act({ user: owner, ...busy, command: "show" });
      expect(answer.text).toContain("busy");
      expect(driver.nowMs() - startedMs).toBeLessThan(2_500);
      await driver.act({ user: owner, ...calm, say: "@teller say calm" });
      await driver.until("the calm channel", async () => saidIn(await driver.seen(calm)).includes("calm"), 5_000);
      const waiting = backlog - saidIn(await driver.seen(busy)).length;
      expect(waiting).toBeGreaterThan(backlog / 4);
      await driver.until("the backlog", async () => saidIn(await driver.seen(busy)).length === backlog, 1_800_000);
      await driver.setFaults(undefined);
      const logged = (await driver.logged(busy)).flatMap(({ body }) => /^said (\S+)$/.exec(body)?.[1] ?? []);
      expect(saidIn(await driver.seen(busy))).toEqual(logged);
      process.stdout.write(
        `${driver.platform}: ${backlog} posts with ${Math.floor(calls / 40)} rate limits, order kept; ${waiting} waited while another channel and a command were answered\n`,
      );
    },
    900_000,
  );

  withDriver("a rate limit applies to all rooms of the channel and survives a restart", async (driver) => {
    const { owner } = driver.people;
    const places = [];
    for (const name of ["first", "second"]) places.push(await openRoom(driver, { name, agents: "teller" }));
    let isLimited = false;
    await driver.setFaults(({ method }) => {
      if (method !== "post" || isLimited) return undefined;
      isLimited = true;
      return { kind: "limited", retryAfterMs: 8_000 };
    });
    for (const place of places) await driver.act({ user: owner, ...place, say: "@teller say now" });
    await driver.until("the limit", async () => isLimited);
    await driver.pass(1_000);
    await driver.kill();
    await driver.start();
    for (const place of places) {
      await waitForText(driver, place, "said now");
      expect(saidIn(await driver.seen(place))).toEqual(["now"]);
    }
  });

  withDriver(
    "a decision reaches its card while posts wait",
    async (driver) => {
      const { owner } = driver.people;
      const place = await openRoom(driver, { name: "queue", agents: "teller, guarded" });
      await driver.act({ user: owner, ...place, say: "@guarded say held" });
      await waitForText(driver, place, "guarded wants to say");
      for (let at = 0; at < 40; at++) await driver.act({ user: owner, ...place, say: `@teller say q${at}` });
      await driver.act({ user: owner, ...place, press: "Approve", on: "guarded wants to say" });
      await driver.until(
        "the card",
        async () => (await textsWith(driver, place, "approved by mia")).length === 1,
        2_000,
      );
      expect(saidIn(await driver.seen(place)).length).toBeLessThan(40);
      await driver.until("everything", async () => saidIn(await driver.seen(place)).length === 41, 300_000);
    },
    300_000,
  );
}
