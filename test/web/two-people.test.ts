import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { needsChromium } from "../support/require.js";
import { joinByLink, openPerson } from "./support/browser.js";
import { makeWebRoom, type WebRoom } from "./support/rooms.js";
import { browser, server, useStage } from "./support/stage.js";

const held = "quartz-falcon";
const agents = [
  {
    name: "writer",
    gate: "always" as const,
    script: [
      {
        match: "^say (.*)",
        stream: true,
        work: [{ tool: "Write", input: { file_path: `${held}.md` }, ms: 50 }],
        reply: `@room ${held} {1}`,
      },
    ],
  },
  {
    name: "coder",
    script: [
      { match: "^tool", ask: { tool: "Bash", input: { command: `echo ${held}` } }, reply: "@room ran" },
      { match: "^ask", ask: { question: `Is it ${held}?`, options: [`${held} yes`, "No"] }, reply: "@room settled" },
    ],
  },
];

needsChromium()("two people in one room", () => {
  useStage();

  const enter = async (room: WebRoom, { role, name }: { role: keyof WebRoom["invites"]; name: string }) => {
    const { page } = await openPerson(browser, { origin: server.url });
    await joinByLink(page, { url: server.url, code: room.invites[role], name });
    await page.getByText("Live", { exact: true }).waitFor();
    return page;
  };

  /** Holds back what both decide until both have. */
  async function meet(pages: readonly Page[]): Promise<void> {
    let arrived = 0;
    let release = () => {};
    const both = new Promise<void>((resolve) => {
      release = resolve;
    });
    for (const page of pages) {
      await page.route("**/decision", async (route) => {
        arrived += 1;
        if (arrived === pages.length) release();
        await both;
        await route.continue();
      });
    }
  }

  test("one gate, two deciders at once: one decision counts, and the other person is told whose", async () => {
    const room = await makeWebRoom(server, { agents });
    const ann = await enter(room, { role: "approver", name: "Ann" });
    const ben = await enter(room, { role: "approver", name: "Ben" });
    await room.say("@writer say now");
    for (const page of [ann, ben]) await page.locator(".gate").waitFor();
    await meet([ann, ben]);
    await ben.getByRole("button", { name: "Drop" }).click();
    await Promise.all([
      ann.getByRole("button", { name: "Approve" }).click(),
      ben.getByRole("button", { name: "Drop it" }).click(),
    ]);
    const { by, outcome } = await room.untilEvent("gate.resolved");
    expect([by, outcome]).toEqual(by === "ann" ? ["ann", "approved"] : ["ben", "dropped"]);
    const [winner, loser] = by === "ann" ? [ann, ben] : [ben, ann];
    await loser.getByText(`${by} was first: ${outcome}. Your decision was not needed.`).first().waitFor();
    for (const page of [ann, ben]) {
      const line = outcome === "approved" ? `approved by ${by}` : `${by} dropped a message of writer`;
      await page.getByText(line).first().waitFor();
      await expect.poll(() => page.locator(".gate").count()).toBe(0);
    }
    expect(await winner.getByText("was first").count()).toBe(0);
    const log = (await room.call("GET", "/export?format=jsonl")).text;
    expect(log.match(/"gate.resolved"/g)).toHaveLength(1);
    expect(log.match(/"message.posted"/g)).toHaveLength(outcome === "approved" ? 2 : 1);
  });

  test("a decision that can still be taken back is shown to the others until it is taken back or sent", async () => {
    const room = await makeWebRoom(server, { agents });
    const ann = await enter(room, { role: "approver", name: "Ann" });
    const vic = await enter(room, { role: "viewer", name: "Vic" });
    await ann.keyboard.press("?");
    await ann.getByLabel("Decisions wait for 5 seconds").check();
    await ann.getByRole("dialog").getByRole("button", { name: "Close" }).click();
    await room.say("@writer say now");
    await ann.getByRole("button", { name: "Approve" }).click();
    const told = vic.getByText("ann chose “Approve”. It is sent in a moment");
    await told.waitFor();
    await ann.getByRole("button", { name: "Undo" }).click();
    await expect.poll(() => told.count()).toBe(0);
    expect(await room.untilGates(1)).toHaveLength(1);
    await ann.getByRole("button", { name: "Approve" }).click();
    await told.waitFor();
    await vic.getByText("approved by ann").waitFor();
    expect(await told.count()).toBe(0);
  });

  test("data that a viewer may not see does not reach their browser, nor a script with their token", async () => {
    const room = await makeWebRoom(server, { agents });
    const { page } = await openPerson(browser, { origin: server.url });
    const received: string[] = [];
    const network = await page.context().newCDPSession(page);
    await network.send("Network.enable");
    network.on("Network.eventSourceMessageReceived", ({ data }) => received.push(data));
    page.on("response", async (response) => {
      const isStream = response.headers()["content-type"]?.includes("event-stream");
      if (!isStream) received.push(await response.text().catch(() => ""));
    });
    await joinByLink(page, { url: server.url, code: room.invites.viewer, name: "Vic" });
    const joined = await server.api.call("POST", "/api/join", { body: { code: room.invites.viewer, name: "wire" } });
    const token = joined.json.token as string;
    const stream = await rawStream(`${server.url}/api/rooms/${room.roomId}/events?after=0&activity=1`, token);
    await room.say("@writer say first");
    await room.say("@coder tool");
    await page.getByText("Waiting for a decision").waitFor();
    await expect.poll(() => page.locator(".gate, .gate-line").count()).toBe(2);
    await page.keyboard.press("p");
    await page.getByRole("button", { name: /gate of writer/ }).waitFor();
    await page.keyboard.press("Escape");
    const gates = await room.untilGates(2);
    for (const { gateId, kind, hash } of gates) {
      const action = kind === "tool" ? "deny" : "edit";
      const more =
        kind === "tool" ? { reason: "not today" } : { body: "in other words", reason: `${held} is a secret` };
      await room.call("POST", `/gates/${gateId}/decision`, { action, hash, ...more });
    }
    await page.getByText("in other words").waitFor();
    await room.say("@coder ask");
    await page.locator(".gate", { hasText: "Question" }).waitFor();
    await page.reload();
    await page.locator(".gate", { hasText: "Question" }).waitFor();

    const paths = ["", "/messages", "/gates", "/export?format=jsonl", "/export?format=md", "/invites"];
    const answers = await Promise.all(paths.map((path) => room.call("GET", path, undefined, token)));
    const ofAgents = await Promise.all(
      ["writer", "coder"].map((name) =>
        rawStream(`${server.url}/api/rooms/${room.roomId}/agents/${name}/events?after=0`, token),
      ),
    );
    await expect.poll(() => stream.text()).toContain("gate.opened");
    await expect.poll(() => stream.text()).toContain("in other words");
    for (const one of [stream, ...ofAgents]) one.close();
    expect(answers[2]?.json.gates).toHaveLength(1);
    expect(received.length).toBeGreaterThan(10);
    const seen = [...received, ...answers.map(({ text }) => text), ...[stream, ...ofAgents].map((one) => one.text())];
    expect(seen.filter((text) => text.includes(held))).toEqual([]);
    // The same addresses return it to people who may decide.
    expect((await room.call("GET", "/export?format=jsonl")).text).toContain(held);
  });
});

/** Everything a stream sends, as it is on the wire. */
async function rawStream(url: string, token: string): Promise<{ text(): string; close(): void }> {
  const gone = new AbortController();
  let text = "";
  const response = await fetch(url, { headers: { authorization: `Bearer ${token}` }, signal: gone.signal });
  const decoder = new TextDecoder();
  const read = async () => {
    for await (const chunk of response.body ?? []) text += decoder.decode(chunk, { stream: true });
  };
  read().catch(() => {});
  return { text: () => text, close: () => gone.abort() };
}
