import { expect } from "vitest";
import type { WithDriver } from "./chat.js";
import type { Trouble } from "./chat-driver.js";
import { openRoom, saidIn, textsWith, waitForText } from "./chat-steps.js";

const troubles: readonly Trouble[] = ["unauthorized", "channel_gone", "missing_permission"];

export function testTrouble(withDriver: WithDriver): void {
  for (const trouble of troubles) {
    withDriver(`${trouble}: the mirror waits and says why, the room goes on, and nothing is lost`, async (driver) => {
      const { owner } = driver.people;
      const place = await openRoom(driver, { name: "trouble", agents: "teller" });
      await driver.act({ user: owner, ...place, say: "@teller say before" });
      await waitForText(driver, place, "said before");
      await driver.setTrouble(trouble);
      await driver.act({ user: owner, ...place, say: "@teller say during" });
      const health = await driver.until("health says so", async () => {
        const now = await driver.health();
        return !now.ok && now;
      });
      expect(health.detail).toMatch(/\w{3,}/);
      await driver.until("the room goes on", async () =>
        (await driver.logged(place)).some(({ body }) => body === "said during"),
      );
      await driver.setTrouble(undefined);
      await driver.until("it goes on", async () => saidIn(await driver.seen(place)).includes("during"), 400_000);
      await driver.act({ user: owner, ...place, say: "@teller say after" });
      await waitForText(driver, place, "said after");
      await driver.until("health is well", async () => (await driver.health()).ok, 90_000);
      expect(saidIn(await driver.seen(place))).toEqual(["before", "during", "after"]);
      await driver.until("the room was told", async () => (await textsWith(driver, place, "again.")).length <= 1);
    });
  }

  withDriver("a suspension survives a restart", async (driver) => {
    const { owner } = driver.people;
    const place = await openRoom(driver, { name: "restart", agents: "teller" });
    await driver.setTrouble("channel_gone");
    await driver.act({ user: owner, ...place, say: "@teller say during" });
    await driver.until("it is said in the room", async () =>
      (await driver.logged(place)).some(({ body }) => body === "said during"),
    );
    await driver.kill();
    await driver.start();
    await driver.until("health says so", async () => !(await driver.health()).ok);
    await driver.setTrouble(undefined);
    await waitForText(driver, place, "said during", 400_000);
    await driver.pass(10_000);
    expect(saidIn(await driver.seen(place))).toEqual(["during"]);
  });

  withDriver("no post is lost while the platform does not respond", async (driver) => {
    const { owner } = driver.people;
    const place = await openRoom(driver, { name: "outage", agents: "teller" });
    await driver.setFaults(() => ({ kind: "unavailable" }));
    for (const token of ["a", "b", "c"]) await driver.act({ user: owner, ...place, say: `@teller say ${token}` });
    await driver.pass(20_000);
    await driver.setFaults(() => ({ kind: "lost", hasEffect: false }));
    await driver.pass(10_000);
    await driver.setFaults(undefined);
    await driver.until("all is there", async () => saidIn(await driver.seen(place)).length === 3, 120_000);
    expect(saidIn(await driver.seen(place))).toEqual(["a", "b", "c"]);
  });
}
