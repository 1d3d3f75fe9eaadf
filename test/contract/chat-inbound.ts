import { expect } from "vitest";
import type { WithDriver } from "./chat.js";
import type { ChatDriver, Place } from "./chat-driver.js";
import { openRoom, saidIn, textsWith, waitForText } from "./chat-steps.js";

/** Bodies of people's messages, from the room's log. */
async function heard(driver: ChatDriver, place: Place, from?: string): Promise<string[]> {
  const agents = ["teller", "guarded", "asker", "tooler"];
  const messages = await driver.logged(place);
  return messages
    .filter((one) => !agents.includes(one.from) && (from === undefined || one.from === from))
    .map(({ body }) => body);
}

export function testInbound(withDriver: WithDriver): void {
  withDriver("a reply reaches the room, or the participants it is addressed to", async (driver) => {
    const place = await openRoom(driver, { name: "replies", agents: "teller" });
    await driver.act({ user: driver.people.member, ...place, say: "@teller say one" });
    await waitForText(driver, place, "said one");
    const answer = await driver.act({ user: driver.people.member, ...place, say: "@nobody: hello" });
    expect(answer.text).toContain("@nobody is not in this room");
    await driver.act({ user: driver.people.member, ...place, say: "hello all" });
    await driver.until("it is heard", async () => (await heard(driver, place)).includes("hello all"));
    expect(await heard(driver, place)).toEqual(["say one", "hello all"]);
  });

  withDriver("a message is not shown again in the thread it was written in", async (driver) => {
    const place = await openRoom(driver, { name: "echo", agents: "teller" });
    await driver.act({ user: driver.people.member, ...place, say: "only once, please" });
    await driver.act({ user: driver.people.member, ...place, say: "@teller say done" });
    await waitForText(driver, place, "said done");
    expect(await textsWith(driver, place, "only once, please")).toHaveLength(1);
  });

  withDriver("talk among people is ignored, and so is its correction", async (driver) => {
    const place = await openRoom(driver, { name: "side-talk", agents: "teller" });
    const { member } = driver.people;
    const { id } = await driver.act({ user: member, ...place, say: "@Ann have you seen this?", startsWithUser: true });
    await driver.act({ user: member, ...place, edit: "have you seen that?", of: id });
    await driver.act({ user: member, ...place, say: "to the room" });
    await driver.until("it is heard", async () => (await heard(driver, place)).includes("to the room"));
    expect(await heard(driver, place)).toEqual(["to the room"]);
  });

  withDriver("an edit within a minute posts one correction; a later edit is ignored", async (driver) => {
    const place = await openRoom(driver, { name: "edits", agents: "teller" });
    const { member } = driver.people;
    const first = await driver.act({ user: member, ...place, say: "@teller say lfet" });
    await driver.act({ user: member, ...place, edit: "@teller say left", of: first.id });
    await driver.act({ user: member, ...place, edit: "@teller say right", of: first.id });
    const second = await driver.act({ user: member, ...place, say: "two" });
    await driver.pass(61_000);
    await driver.act({ user: member, ...place, edit: "too late", of: second.id });
    await driver.pass(2_000);
    expect(await heard(driver, place)).toEqual(["say lfet", "corrected: say left", "two"]);
  });

  withDriver(
    "a file becomes a line with its safe name and hash; a file over the size limit is refused",
    async (driver) => {
      const place = await openRoom(driver, { name: "files", agents: "teller" });
      const { member } = driver.people;
      const here = { user: member, ...place };
      await driver.act({ ...here, say: "look", file: { name: "../../etc/pass wd\u202e.txt", bytes: 1_000 } });
      await driver.until("it is heard", async () => (await heard(driver, place)).length === 1);
      const [body] = await heard(driver, place);
      expect(body).toMatch(/^look\n\[attachment pass wd_\.txt, 1000 bytes, sha256 [0-9a-f]{64}\]$/);
      const answer = await driver.act({ ...here, say: "", file: { name: "big.bin", bytes: 11 * 1_024 * 1_024 } });
      expect(answer.text).toContain("big.bin was not passed on");
      expect(await heard(driver, place)).toHaveLength(1);
    },
  );

  withDriver("commands reply in private, and a wrong command gets its usage", async (driver) => {
    const { owner, stranger } = driver.people;
    const place = await openRoom(driver, { name: "commands", agents: "teller" });
    const typed = async (command: string, user = owner) => (await driver.act({ user, ...place, command })).text ?? "";
    expect(await typed("puase")).toContain("pause");
    expect(await typed("add wizard")).toContain("there is no role wizard");
    expect(await typed("add teller")).toContain("teller-2 is free");
    expect(await typed("remove nobody")).toContain("nobody is not in this room");
    expect(await typed("who")).toContain("@teller");
    expect(await typed("list")).toContain("commands");
    expect(await typed("gates")).toContain("Nothing waits");
    expect(await typed("help")).toContain("attach");
    expect(await typed("close", stranger)).toContain("you are not in the room");
    expect(await typed("show")).toContain("active");
    const outside = await driver.act({ user: owner, channel: place.channel, command: "pause" });
    expect(outside.text).toContain("Paused");
    const other = await driver.act({ user: owner, channel: driver.channels[1], command: "resume" });
    expect(other.text).toContain("Put its name behind the command: commands");
    expect((await driver.act({ user: owner, channel: driver.channels[1], command: "resume commands" })).text).toBe(
      "Resumed.",
    );
    expect((await driver.act({ user: owner, channel: place.channel, command: "new commands" })).text).toContain(
      "already",
    );
  });

  withDriver("redelivery in any order has no second effect", async (driver) => {
    const { owner, approver, member } = driver.people;
    const place = await openRoom(driver, { name: "again", agents: "teller, guarded", message: "@teller say first" });
    await driver.act({ user: member, ...place, say: "@teller say second" });
    const { id } = await driver.act({ user: member, ...place, say: "thrid" });
    await driver.act({ user: member, ...place, edit: "third", of: id });
    await driver.act({ user: owner, ...place, say: "@guarded say held" });
    await waitForText(driver, place, "guarded wants to say");
    await driver.act({ user: approver, ...place, press: "Approve", on: "guarded wants to say" });
    await driver.act({ user: owner, ...place, command: "add teller as extra" });
    await driver.act({ user: owner, ...place, command: "pause" });
    await driver.act({ user: owner, ...place, command: "resume" });
    await driver.until("all is said", async () => saidIn(await driver.seen(place)).length === 3);
    const before = [await driver.logged(place), saidIn(await driver.seen(place)), await driver.threads(place.channel)];
    for (const seed of [1, 2]) {
      await driver.redeliver(seed);
      await driver.kill();
      await driver.start();
    }
    await driver.redeliver(3);
    await driver.pass(15_000);
    const after = [await driver.logged(place), saidIn(await driver.seen(place)), await driver.threads(place.channel)];
    expect(after).toEqual(before);
    for (const once of ["extra joined", "Paused by", "resumed the room"])
      expect(await textsWith(driver, place, once)).toHaveLength(1);
  });

  withDriver("a message written during a lost connection arrives exactly once after reconnecting", async (driver) => {
    const place = await openRoom(driver, { name: "deaf", agents: "teller" });
    for (let round = 1; round <= 3; round++) {
      await driver.setDeaf(true);
      await driver.until("health says so", async () => !(await driver.health()).ok);
      await driver.act({ user: driver.people.member, ...place, say: `@teller say deaf-${round}` });
      await driver.pass(1_000);
      await driver.setDeaf(false);
      await driver.act({ user: driver.people.member, ...place, say: `@teller say heard-${round}` });
    }
    await driver.until("all are answered", async () => saidIn(await driver.seen(place)).length === 6);
    await driver.pass(10_000);
    expect(saidIn(await driver.seen(place)).toSorted()).toEqual(
      ["deaf-1", "deaf-2", "deaf-3", "heard-1", "heard-2", "heard-3"].toSorted(),
    );
    expect((await driver.health()).ok).toBe(true);
  });

  withDriver("a message written while Parley is down arrives after its restart", async (driver) => {
    const place = await openRoom(driver, { name: "dead", agents: "teller" });
    await driver.act({ user: driver.people.member, ...place, say: "@teller say before" });
    await waitForText(driver, place, "said before");
    await driver.kill();
    await driver.act({ user: driver.people.member, ...place, say: "@teller say meanwhile" });
    await driver.pass(5_000);
    await driver.start();
    await waitForText(driver, place, "said meanwhile");
    await driver.pass(5_000);
    expect(saidIn(await driver.seen(place))).toEqual(["before", "meanwhile"]);
  });
}
