import { expect, test } from "vitest";
import { needsChromium } from "../support/require.js";
import { joinByLink, openPerson } from "./support/browser.js";
import { makeWebRoom } from "./support/rooms.js";
import { browser, server, useStage } from "./support/stage.js";

needsChromium()("a second tab that joins as somebody else", () => {
  useStage();

  test("stops the first from writing under the other's name; typed text is kept, and is sent on request", async () => {
    const room = await makeWebRoom(server, { agents: [{ name: "coder", script: [] }] });
    const { page: first } = await openPerson(browser, { origin: server.url });
    // A browser without channels between its tabs: the first tab learns of the other person by the server's refusal.
    await first.context().addInitScript("delete globalThis.BroadcastChannel");
    await joinByLink(first, { url: server.url, code: room.invites.member, name: "Ann" });
    await first.getByText("Live", { exact: true }).waitFor();
    const second = await first.context().newPage();
    await joinByLink(second, { url: server.url, code: room.invites.approver, name: "Mia" });
    await second.getByText("Live", { exact: true }).waitFor();

    const box = first.getByRole("textbox", { name: "Message" });
    await box.fill("a secret of ann");
    await box.press("Enter");
    await box.fill("half a thought");
    await first.getByText("You are now mia in this browser").first().waitFor();
    await first.getByText("This was not sent: you are now mia in this browser.").waitFor();
    const bodies = async () => {
      const { messages } = JSON.parse((await room.call("GET", "/messages")).text) as {
        messages: { from: string; body: string }[];
      };
      return messages.map(({ from, body }) => `${from}: ${body}`);
    };
    expect(await bodies()).toEqual([]);
    expect(await box.inputValue()).toBe("half a thought");

    await first.getByRole("button", { name: "Send again" }).click();
    await expect.poll(bodies).toEqual(["mia: a secret of ann"]);
    await expect.poll(() => first.getByText("This was not sent").count()).toBe(0);
    await second.getByText("a secret of ann").waitFor();
    await first.reload();
    await first.getByText("Live", { exact: true }).waitFor();
    expect(await first.getByRole("textbox", { name: "Message" }).inputValue()).toBe("half a thought");
    expect(await bodies()).toEqual(["mia: a secret of ann"]);
  });
});
