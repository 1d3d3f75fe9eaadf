import { expect, test } from "vitest";
import { needsChromium } from "../support/require.js";
import { axeViolations, joinByLink, openPerson, overflowPx } from "./support/browser.js";
import { makeWebRoom } from "./support/rooms.js";
import { browser, server, useStage } from "./support/stage.js";

needsChromium()("the join page", () => {
  useStage();
  const person = () => openPerson(browser, { origin: server.url });

  test("takes the code from the link, and out of the address bar and the history", async () => {
    const room = await makeWebRoom(server);
    const { page, foreign, errors } = await person();
    await page.goto(`${server.url}/#${room.invites.member}`);
    await expect.poll(() => page.getByLabel("Invite code").inputValue()).toBe(room.invites.member);
    expect(page.url()).toBe(`${server.url}/`);
    await page.getByLabel("Your name").fill("Mia Müller");
    await page.getByText("You will be @mia-muller in the room.").waitFor();
    await page.keyboard.press("Enter");
    await page.getByRole("log").waitFor();
    expect(page.url()).toBe(room.url);
    expect(await page.title()).toBe("Test room · Parley");
    await page.goBack();
    expect(page.url()).not.toContain(room.invites.member);
    expect(await page.evaluate("JSON.stringify(localStorage)")).not.toContain("p1.");
    expect({ foreign, errors }).toEqual({ foreign: [], errors: [] });
  });

  test("offers another name if this one is taken", async () => {
    const room = await makeWebRoom(server);
    const { page } = await person();
    await page.goto(`${server.url}/#${room.invites.member}`);
    await page.getByLabel("Your name").fill("Host");
    await page.getByRole("button", { name: "Join" }).click();
    await page.getByRole("alert").getByText("already @host").waitFor();
    await page.getByRole("button", { name: "Join as @host-2" }).click();
    await page.getByRole("log").waitFor();
    await page.getByText("host-2").first().waitFor();
  });

  test("a person who opens the link again is told they are in already, and goes back in under their name", async () => {
    const room = await makeWebRoom(server, { name: "Twice" });
    const { page, errors } = await person();
    await joinByLink(page, { url: server.url, code: room.invites.member, name: "Mia" });
    await page.goto("about:blank");
    await page.goto(`${server.url}/#${room.invites.member}`);
    const card = page.getByRole("region", { name: "You are in this room already" });
    await card.getByRole("link", { name: "Twice as @mia" }).click();
    await page.getByRole("log").waitFor();
    expect(page.url()).toBe(room.url);
    const back = (await room.call("POST", "/invites", { role: "member", forName: "mia" })).json.code;
    const elsewhere = await person();
    await joinByLink(elsewhere.page, { url: server.url, code: back, name: "Mia" });
    await elsewhere.page.getByText("mia is back as member").waitFor();
    expect(await elsewhere.page.getByText(/^mia joined/).count()).toBe(1);
    // The earlier stay is over with that: its browser offers nothing that would not work.
    await page.getByRole("alert").getByText("not signed in to that room").waitFor();
    await page.goto("about:blank");
    await page.goto(`${server.url}/#${room.invites.member}`);
    await page.getByLabel("Invite code").waitFor();
    await expect.poll(() => errors.filter((error) => error.includes("401")).length).toBeGreaterThan(0);
    expect(await card.count()).toBe(0);
  });

  test("explains a wrong code, a missing code and a missing name", async () => {
    const { page } = await person();
    await page.goto(server.url);
    const alert = page.getByRole("alert");
    await page.getByRole("button", { name: "Join" }).click();
    await alert.getByText("Enter the code first").waitFor();
    await page.getByLabel("Invite code").fill("abcde-fghjk-0000-0000-0000-0000");
    await page.getByRole("button", { name: "Join" }).click();
    await alert.getByText("Enter a name first").waitFor();
    await page.getByLabel("Your name").fill("Mia");
    await page.getByRole("button", { name: "Join" }).click();
    await alert.getByText("This code does not open a room").waitFor();
  });

  test("admits the holder of the start-up link without a question", async () => {
    const room = await makeWebRoom(server);
    const code = await server.api.deps.oneTimeCodes.issue({ roomId: room.roomId, name: "host", joinedVersion: 1 });
    const { page } = await person();
    await page.goto(`${server.url}/#${code}`);
    await page.getByRole("button", { name: "Pause" }).waitFor();
    expect(page.url()).toBe(room.url);
    const again = await person();
    await again.page.goto(`${server.url}/#${code}`);
    await again.page.getByRole("alert").getByText("This code does not open a room").waitFor();
  });

  test("lists the rooms joined in this browser; one that is closed to the person leads back here", async () => {
    const [one, two] = [
      await makeWebRoom(server, { name: "Room one" }),
      await makeWebRoom(server, { name: "Room two" }),
    ];
    const { page } = await person();
    await joinByLink(page, { url: server.url, code: one.invites.member, name: "Mia" });
    await joinByLink(page, { url: server.url, code: two.invites.viewer, name: "Mia" });
    await page.getByRole("link", { name: "All rooms" }).click();
    const list = page.getByRole("navigation", { name: "Your rooms" });
    expect(await list.getByRole("link").allInnerTexts()).toEqual([
      expect.stringContaining("Room two"),
      expect.stringContaining("Room one"),
    ]);
    await list.getByRole("link", { name: /Room one/ }).click();
    await page.getByRole("heading", { name: "Room one" }).waitFor();
    expect(page.url()).toBe(one.url);
    await one.call("DELETE", "/participants/mia", {});
    await page.getByRole("alert").getByText("not signed in to that room").waitFor();
    await page.getByRole("button", { name: "Remove Room one from this list" }).click();
    expect(await list.getByRole("link").count()).toBe(1);
    await page.goto(`${server.url}/r/zzzzzzzzzz`);
    await page.getByRole("alert").waitFor();
    expect(page.url()).toBe(`${server.url}/`);
  });

  test.each(["light", "dark"] as const)("has no axe violation and no overflow, %s", async (colorScheme) => {
    const { page } = await openPerson(browser, {
      origin: server.url,
      colorScheme,
      viewport: { width: 320, height: 640 },
    });
    await page.goto(server.url);
    await page.getByRole("button", { name: "Join" }).click();
    await page.getByRole("alert").waitFor();
    expect(await axeViolations(page)).toEqual([]);
    expect(await overflowPx(page)).toBe(0);
  });
});
