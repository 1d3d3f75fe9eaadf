import { expect } from "vitest";
import type { WithDriver } from "./chat.js";
import { openRoom, saidIn, textsWith, waitForText } from "./chat-steps.js";

export function testStory(withDriver: WithDriver): void {
  withDriver("a room is created, agents work, and people decide, answer and close it", async (driver) => {
    const { owner, approver, member } = driver.people;
    const place = await openRoom(driver, {
      name: "fix-login",
      agents: "teller, guarded as careful, asker",
      message: "@teller say hello",
    });
    await waitForText(driver, place, "said hello");
    const [root] = await driver.seen(place);
    for (const shown of ["fix-login", "teller", "careful", "asker"]) expect(root?.text).toContain(shown);
    expect(root?.buttons).toEqual(expect.arrayContaining(["Pause", "Add agent…", "Open in browser"]));

    await driver.act({ user: member, ...place, say: "@careful say draft" });
    await waitForText(driver, place, "careful wants to say");
    const edit = await driver.act({ user: approver, ...place, press: "Edit…", on: "careful wants to say" });
    expect(edit.form?.value).toContain("said draft");
    await driver.act({
      user: approver,
      ...place,
      submit: "said better",
      form: edit.form ?? { id: "", label: "", value: "" },
    });
    await driver.until("the edited text", async () => saidIn(await driver.seen(place)).includes("better"));
    expect(saidIn(await driver.seen(place))).not.toContain("draft");

    await driver.act({ user: owner, ...place, say: "@asker ask north" });
    await waitForText(driver, place, "Which way for");
    await driver.act({ user: owner, ...place, press: "left", on: "asker asks" });
    await waitForText(driver, place, "went north");

    await driver.act({ user: owner, ...place, command: "close" });
    await waitForText(driver, place, "closed the room");
    await driver.until("the root says so", async () => (await driver.seen(place))[0]?.text.includes("closed"));
    expect((await driver.act({ user: owner, ...place, say: "anybody?" })).text).toContain("closed");
  });

  withDriver("the way to the page is a link for one person, shown to that person alone", async (driver) => {
    const { owner, stranger } = driver.people;
    const place = await openRoom(driver, { name: "as-myself", agents: "teller" });
    const open = { ...place, press: "Open in browser", on: "as-myself" };
    const link = /https?:\/\/[^/\s]+\/#once-[\w-]{20,}/;
    const codes = [
      await driver.act({ user: owner, ...open }),
      await driver.act({ user: owner, ...open }),
      await driver.act({ user: owner, ...place, command: "open" }),
    ].map(({ text }) => link.exec(text ?? "")?.[0]);
    expect(new Set(codes).size).toBe(3);
    expect(codes).not.toContain(undefined);
    const refused = await driver.act({ user: stranger, ...open });
    expect(refused.text).toContain("you are not in the room");
    expect(refused.text).not.toMatch(link);
    expect((await driver.seen(place)).filter(({ text }) => text.includes("once-"))).toEqual([]);
  });

  withDriver("the owner changes the rules of a room, and nobody else does", async (driver) => {
    const { owner, approver, member } = driver.people;
    const place = await openRoom(driver, { name: "rules", agents: "teller" });
    await driver.act({ user: member, ...place, say: "hello" });
    const set = { ...place, command: "set --gate always --budget 20" };
    expect((await driver.act({ user: member, ...set })).text).toContain("Nothing was done");
    expect((await driver.act({ user: approver, ...set })).text).toContain("Nothing was done");
    expect((await driver.act({ user: owner, ...set })).text).toContain("settings are changed");
    expect((await driver.act({ user: owner, ...place, command: "usage" })).text).toContain("of $20.00");
    const wrong = await driver.act({ user: owner, ...place, command: "set --egress 10.0.0.1" });
    expect(wrong.text).toContain("is not an egress entry");
    await driver.act({ user: owner, ...place, say: "@teller say held" });
    await waitForText(driver, place, "teller wants to say");
  });

  withDriver("a post shows its sender and recipients", async (driver) => {
    const { owner } = driver.people;
    const place = await openRoom(driver, { name: "names", agents: "teller, teller as second" });
    await driver.act({ user: owner, ...place, say: "@teller to second hello" });
    const seen = await waitForText(driver, place, "said hello");
    expect(seen.from).toBe("teller");
    expect(seen.text).toContain("@second");
  });

  withDriver("the root card shows the current state of the room", async (driver) => {
    const { owner } = driver.people;
    const place = await openRoom(driver, { name: "states", agents: "teller" });
    const root = (text: string) =>
      driver.until(`the root says ${text}`, async () => (await driver.seen(place))[0]?.text.includes(text), 90_000);
    await driver.act({ user: owner, ...place, press: "Pause", on: "states" });
    await root("paused");
    const add = await driver.act({ user: owner, ...place, press: "Add agent…", on: "states" });
    await driver.act({
      user: owner,
      ...place,
      submit: "asker as helper",
      form: add.form ?? { id: "", label: "", value: "" },
    });
    await root("helper");
    await waitForText(driver, place, "helper joined");
    await driver.act({ user: owner, ...place, press: "Resume", on: "states" });
    await root("active");
  });

  withDriver("the working line shows each agent's activity and disappears when all are idle", async (driver) => {
    const place = await openRoom(driver, { name: "working", agents: "teller, asker" });
    await driver.act({ user: driver.people.owner, ...place, say: "@teller slow one" });
    await waitForText(driver, place, "teller: ");
    await driver.act({ user: driver.people.owner, ...place, say: "@asker ask one" });
    const line = await waitForText(driver, place, "asker: waiting for you");
    expect(line.text).toContain("teller: ");
    expect(await textsWith(driver, place, "teller: ")).toHaveLength(1);
    await driver.act({ user: driver.people.owner, ...place, press: "left", on: "asker asks" });
    await waitForText(driver, place, "said one");
    await driver.until("it is gone", async () => (await textsWith(driver, place, "teller: ")).length === 0, 90_000);
  });

  withDriver("a failure is shown as one line", async (driver) => {
    const place = await openRoom(driver, { name: "failures", agents: "teller" });
    await driver.act({ user: driver.people.owner, ...place, say: "@teller fail now" });
    await waitForText(driver, place, "teller failed");
    expect(await textsWith(driver, place, "teller failed")).toHaveLength(1);
  });
}
