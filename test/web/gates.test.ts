import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { needsChromium } from "../support/require.js";
import { joinByLink, openPerson } from "./support/browser.js";
import { makeWebRoom, type WebRoom } from "./support/rooms.js";
import { browser, server, useStage } from "./support/stage.js";

const input = { command: "rm -rf build\nnpm test", timeoutMs: 5 };
const questions = [
  {
    question: "Which database?",
    header: "DB",
    multiSelect: false,
    options: [
      { label: "SQLite", description: "One file; nothing to run." },
      { label: "PostgreSQL", description: "A server; many writers at once." },
    ],
  },
  {
    question: "Which features?",
    header: "Features",
    multiSelect: true,
    options: [
      { label: "Sign-in", description: "With a link by mail." },
      { label: "Search, fast", description: "Needs an index." },
      { label: "Export", description: "JSON and Markdown." },
    ],
  },
];
const agents = [
  {
    name: "writer",
    gate: "always" as const,
    script: [{ match: "^say ([^]*)", reply: "@room {1}" }],
  },
  {
    name: "coder",
    script: [
      { match: "^tool", ask: { tool: "Bash", input }, reply: "@room ran it" },
      { match: "^several", ask: { tool: "AskUserQuestion", input: { questions } }, reply: "@room told: {answer}" },
      { match: "^ask", ask: { question: "Which colour?", options: ["Red", "Blue"] }, reply: "@room chose {answer}" },
    ],
  },
  { name: "ping", script: [{ match: "ball", reply: "@pong ball" }] },
  { name: "pong", script: [{ match: "ball", reply: "@ping ball" }] },
];

needsChromium()("gates on the page", () => {
  useStage();

  const enter = async (room: WebRoom, { role = "approver" as keyof WebRoom["invites"], name = "Mia" } = {}) => {
    const { page } = await openPerson(browser, { origin: server.url });
    await joinByLink(page, { url: server.url, code: room.invites[role], name });
    await page.getByText("Live", { exact: true }).waitFor();
    return page;
  };
  async function withGate(said: string) {
    const room = await makeWebRoom(server, { agents });
    const page = await enter(room);
    await room.say(said);
    await page.locator(".gate").waitFor();
    return { room, page };
  }
  const resolved = (room: WebRoom) => room.untilEvent("gate.resolved");
  /** A key counts only once the gate has been on the page for a moment. */
  const pressUntil = (page: Page, key: string, done: () => Promise<boolean>) =>
    expect
      .poll(async () => {
        if (await done()) return true;
        await page.keyboard.press(key);
        return await done();
      })
      .toBe(true);
  /** Whether nothing lies over its lower edge. */
  const isOnTop = (page: Page, selector: string) =>
    page.evaluate<boolean>(`(() => {
      const element = document.querySelector(${JSON.stringify(selector)});
      const { left, bottom } = element.getBoundingClientRect();
      return document.elementFromPoint(left + 20, bottom - 3) === element;
    })()`);
  const isGone = (page: Page) => async () => (await page.locator(".gate").count()) === 0;

  test("a held message is counted in the title and approved with one key, as it was shown", async () => {
    const { room, page } = await withGate("@writer say **Hello** <b>all</b>");
    expect(await page.title()).toBe("(1) Test room · Parley");
    expect(await page.getByLabel("Full text").innerText()).toBe("Hello <b>all</b>");
    expect(await page.getByLabel("Full text").locator("strong").innerText()).toBe("Hello");
    await page.keyboard.press("x");
    expect(await page.getByRole("button", { name: "Exact text" }).getAttribute("aria-pressed")).toBe("true");
    await expect.poll(() => page.getByLabel("Full text").innerText()).toBe("**Hello** <b>all</b>");
    await pressUntil(page, "a", isGone(page));
    expect(await resolved(room)).toMatchObject({ outcome: "approved", by: "mia" });
    await page.getByText("approved by mia").waitFor();
    expect(await page.title()).toBe("Test room · Parley");
    await page.getByText("Nothing waits for you").waitFor();
  });

  test("a key does nothing during typing, and nothing to a gate that has only just appeared", async () => {
    const { room, page } = await withGate("@writer say one");
    await page.getByRole("textbox", { name: "Your message" }).fill("a");
    await page.keyboard.press("a");
    await page.keyboard.press("d");
    await room.say("@writer say two");
    await room.untilGates(2);
    await page.locator(".gate-line").waitFor();
    await page.locator("#messages").focus();
    // In the page, so that no time passes between the two
    await page.evaluate(`new MutationObserver((_, observer) => {
      if (document.querySelector("[aria-label='Full text']")?.innerText !== "two") return;
      observer.disconnect();
      dispatchEvent(new KeyboardEvent("keydown", { key: "a" }));
      window.pressed = true;
    }).observe(document.body, { subtree: true, childList: true, characterData: true })`);
    await pressUntil(page, "a", () => page.evaluate<boolean>("window.pressed === true"));
    expect(await room.untilGates(1)).toMatchObject([{ body: "two" }]);
  });

  test("a held message is edited, and the new text is sent", async () => {
    const { room, page } = await withGate("@writer say first\nsecond");
    await page.getByRole("button", { name: "Edit" }).click();
    const field = page.getByLabel("Text that will be sent");
    expect(await field.inputValue()).toBe("first\nsecond");
    await field.fill("better");
    await page.keyboard.press("Control+Enter");
    await page.getByText("edited by mia").waitFor();
    expect(await resolved(room)).toMatchObject({ outcome: "edited", body: "better" });
    expect(await page.locator(".group .body").last().innerText()).toBe("better");
  });

  test("a held message is dropped with a reason that its sender reads", async () => {
    const { room, page } = await withGate("@writer say nonsense");
    await pressUntil(page, "d", async () => (await page.getByLabel(/^Reason/).count()) === 1);
    await page.getByLabel(/^Reason/).fill("not now");
    await page.keyboard.press("Enter");
    await page.getByText("mia dropped a message of writer – not now").waitFor();
    expect(await resolved(room)).toMatchObject({ outcome: "dropped", reason: "not now" });
    expect((await room.untilEvent("message.bounced")).detail).toContain("not now");
  });

  const sendButton = (page: Page) => page.getByRole("button", { name: /^Answer/ });

  test("an edit or a reason that is being written outlives a reload, for a chosen gate too", async () => {
    const { room, page } = await withGate("@writer say one");
    await room.say("@writer say two");
    await room.untilGates(2);
    await page.getByRole("button", { name: "Show: Held message from writer" }).click();
    await page.getByRole("button", { name: "Edit", exact: true }).click();
    await page.getByLabel("Text that will be sent").fill("two, but better");
    await page.reload();
    expect(await page.getByLabel("Text that will be sent").inputValue()).toBe("two, but better");
    await page.getByRole("button", { name: "Cancel" }).click();
    await page.getByRole("button", { name: "Drop" }).click();
    await page.getByLabel(/^Reason/).fill("not now");
    await page.reload();
    expect(await page.getByLabel(/^Reason/).inputValue()).toBe("not now");
    await page.getByRole("button", { name: "Drop it" }).click();
    expect(await resolved(room)).toMatchObject({ outcome: "dropped", reason: "not now" });
    await page.reload();
    await page.getByRole("button", { name: "Approve" }).waitFor();
    expect(await page.getByLabel(/^Reason/).count()).toBe(0);
  });

  test("several questions are answered one by one, by click and in own words, and sent together", async () => {
    const { room, page } = await withGate("@coder several");
    const legends = (await page.locator(".question legend").allInnerTexts()).map((text) =>
      text.replaceAll(/\s+/g, " "),
    );
    expect(legends).toEqual(["1 of 2 Which database?", "2 of 2 Which features? more than one may be chosen"]);
    expect(await sendButton(page).isDisabled()).toBe(true);
    await page.getByLabel("PostgreSQL").check();
    await page.getByLabel("SQLite").check();
    expect(await sendButton(page).innerText()).toBe("Answer 1 of 2");
    await page.getByLabel("Export").check();
    await page.getByLabel("Search, fast").check();
    await page.getByLabel("Sign-in").check();
    await page.getByLabel("Sign-in").uncheck();
    await page.getByLabel("In your own words: Which features?").fill("and undo");
    await sendButton(page).click();
    await page
      .getByText('told: Which database? = SQLite; Which features? = "Search, fast", Export (and undo)')
      .waitFor();
    expect(await resolved(room)).toMatchObject({
      outcome: "answered",
      choices: { q1: { options: ["SQLite"] }, q2: { options: ["Search, fast", "Export"], text: "and undo" } },
    });
    const line = page.locator(".line", { hasText: "mia answered coder" });
    expect(await line.innerText()).toContain(
      'Which database? SQLite\nWhich features? "Search, fast", Export, and undo',
    );
  });

  test("several questions are answered with the keyboard alone", async () => {
    const { room, page } = await withGate("@coder several");
    await page.locator(".gate").focus();
    await pressUntil(page, "a", () => page.evaluate<boolean>("document.activeElement?.type === 'radio'"));
    await page.keyboard.press("Space");
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Enter");
    await page.keyboard.press("Space");
    await page.keyboard.press("Enter");
    await page.getByText("told: Which database? = PostgreSQL; Which features? = Sign-in").waitFor();
    expect(await resolved(room)).toMatchObject({ outcome: "answered" });
  });

  test("what is chosen so far stays through a reload, and is sent as far as it goes", async () => {
    const { room, page } = await withGate("@coder several");
    await page.getByLabel("Export").check();
    await page.getByLabel("In your own words: Which features?").fill("undo, too");
    await page.reload();
    await page.locator(".gate").waitFor();
    expect(await page.getByLabel("Export").isChecked()).toBe(true);
    await page.getByRole("button", { name: "Answer 1 of 2" }).click();
    await page.getByText("told: Which features? = Export (undo, too)").waitFor();
    const keptKeys = "Object.keys(sessionStorage).filter((key) => key.startsWith('parley.answers.'))";
    await expect.poll(() => page.evaluate(keptKeys)).toEqual([]);
    expect((await resolved(room)).choices).toEqual({ q2: { options: ["Export"], text: "undo, too" } });
  });

  test("a chosen option is taken back by another click; a drop keeps the questions in the timeline", async () => {
    const { room, page } = await withGate("@coder several");
    await page.getByLabel("SQLite").click();
    await page.getByLabel("SQLite").click();
    expect(await page.getByLabel("SQLite").isChecked()).toBe(false);
    expect(await sendButton(page).isDisabled()).toBe(true);
    await page.getByRole("button", { name: "Drop" }).click();
    await page.getByLabel(/^Reason/).fill("you decide");
    await page.keyboard.press("Enter");
    await page.getByText("Which database? / Which features? – you decide").waitFor();
    expect(await resolved(room)).toMatchObject({ outcome: "dropped" });
  });

  test("what was chosen stays to be read when somebody else answers first", async () => {
    const { room, page } = await withGate("@coder several");
    await page.getByLabel("SQLite").check();
    const [gate] = await room.untilGates(1);
    const choices = { q1: { options: ["PostgreSQL"] } };
    await room.call("POST", `/gates/${gate?.gateId}/decision`, { action: "answer", hash: gate?.hash, choices });
    await page.getByText("decided this while you were writing: ").waitFor();
    expect(await page.getByLabel("SQLite").isChecked()).toBe(true);
    await page.getByRole("button", { name: "Close" }).click();
    await page.getByText("Nothing waits for you").waitFor();
  });

  test("a question is answered with an option or in own words", async () => {
    const { room, page } = await withGate("@coder ask");
    await page.getByRole("button", { name: "Blue" }).click();
    await page.getByText("chose Blue").waitFor();
    await room.say("@coder ask again");
    await page.getByLabel("Your answer").fill("Green");
    await page.keyboard.press("Enter");
    await page.getByText("chose Green").waitFor();
    await page.getByText("mia answered coder – Which colour? Green").waitFor();
  });

  test("a tool's whole input is shown; it is allowed, allowed with another input, or denied", async () => {
    const { room, page } = await withGate("@coder tool");
    expect(await page.getByLabel("Input").innerText()).toMatch(/command\s+rm -rf build\nnpm test\s+timeoutMs\s+5/);
    expect(await page.locator(".gate").innerText()).toContain("wants to use Bash");
    await page.getByRole("button", { name: "Edit input" }).click();
    await page.getByRole("button", { name: "As JSON" }).click();
    const field = page.getByLabel("Input as JSON");
    expect(JSON.parse(await field.inputValue())).toEqual(input);
    await field.fill("{");
    await page.getByRole("button", { name: "Allow with this input" }).click();
    await page.getByText("This is not a JSON object").waitFor();
    await field.fill('{"command":"npm test"}');
    await page.getByRole("button", { name: "Allow with this input" }).click();
    await page.getByText("ran it").waitFor();
    expect(await resolved(room)).toMatchObject({ outcome: "allowed", body: '{"command":"npm test"}' });
    await room.say("@coder tool");
    await page.getByRole("button", { name: "Deny" }).click();
    await page.keyboard.press("Enter");
    await page.getByText("mia denied coder the use of Bash").waitFor();
  });

  test("a tool allowed for the session is not asked for again", async () => {
    const { room, page } = await withGate("@coder tool");
    await page.getByRole("button", { name: "Allow for this session" }).click();
    await page.getByText("ran it").waitFor();
    await room.say("@coder tool");
    await expect.poll(() => page.getByText("ran it").count()).toBe(2);
    expect(await room.untilGates(0)).toEqual([]);
  });

  test("agents that run in circles continue, or are stopped", async () => {
    const { room, page } = await withGate("@ping ball");
    await page.locator(".gate", { hasText: "Agents are halted" }).waitFor();
    await page.getByRole("button", { name: "Let them go on" }).click();
    await page.getByText("mia let the agents go on").waitFor();
    await page.getByRole("button", { name: "Stop the agents" }).click();
    await page.getByText("mia stopped the agents").waitFor();
    expect(await room.untilGates(0)).toEqual([]);
  });

  test("of two people who decide at once the second is told who was first", async () => {
    const { room, page } = await withGate("@writer say race");
    await page.route("**/decision", async (route) => {
      const [gate] = await room.untilGates(1);
      await room.call("POST", `/gates/${gate?.gateId}/decision`, { action: "drop", hash: gate?.hash });
      await route.continue();
    });
    await page.getByRole("button", { name: "Approve" }).click();
    await page.getByText("host was first: dropped").first().waitFor();
    await page.getByText("host dropped a message of writer").waitFor();
    expect(await resolved(room)).toMatchObject({ by: "host", outcome: "dropped" });
  });

  test("edited text is kept when another person decides meanwhile", async () => {
    const { room, page } = await withGate("@writer say draft");
    await page.getByRole("button", { name: "Edit" }).click();
    await page.getByLabel("Text that will be sent").fill("my long edit");
    const [gate] = await room.untilGates(1);
    await room.call("POST", `/gates/${gate?.gateId}/decision`, { action: "approve", hash: gate?.hash });
    await page.getByText("decided this while you were writing: ").waitFor();
    expect(await page.getByLabel("Text that will be sent").inputValue()).toBe("my long edit");
    expect(await page.getByRole("button", { name: "Send the edited text" }).count()).toBe(0);
    await page.getByRole("button", { name: "Close" }).click();
    expect(await page.locator(".gate").count()).toBe(0);
  });

  test("after a decision by keyboard the focus is on the next gate, and a dialog gives it back", async () => {
    const { room, page } = await withGate("@writer say one");
    await room.say("@coder tool");
    await page.locator(".gate-line").waitFor();
    const focused = () => page.evaluate<string>("document.activeElement.textContent");
    await page.getByRole("button", { name: "Approve" }).press("Enter");
    await page.locator(".gate", { hasText: "wants to use" }).waitFor();
    expect(await focused()).toContain("wants to use");
    await page.getByRole("button", { name: "Deny" }).press("Enter");
    await page.keyboard.press("Enter");
    await expect.poll(isGone(page)).toBe(true);
    expect(await page.evaluate("document.activeElement.id")).toBe("gates");
    const more = page.getByLabel("More");
    await more.press("Enter");
    await page.getByRole("button", { name: "Manage" }).press("Enter");
    await page.getByRole("dialog").waitFor();
    await page.keyboard.press("Escape");
    expect(await page.evaluate("document.activeElement.getAttribute('aria-label')")).toBe("More");
  });

  test("on a phone a long text scrolls with its buttons in sight, and the open keyboard covers no field and no button", async () => {
    const long = Array.from({ length: 60 }, (_, at) => `line ${at + 1}`).join("\n");
    const { room, page } = await withGate(`@writer say ${long}`);
    // The browser says a moment after a change of its window how much of it is seen.
    const inSight = (name: string, heightPx: number) => {
      const button = page.getByRole("button", { name, exact: true });
      const place = async () => {
        const box = await button.boundingBox();
        return box !== null && box.y > 0 && box.y + box.height <= heightPx;
      };
      return expect.poll(place, { message: name, timeout: 10_000 }).toBe(true);
    };
    const hiddenPx = () => page.getByLabel("Full text").evaluate((text) => text.scrollHeight - text.clientHeight);
    await page.setViewportSize({ width: 360, height: 740 });
    await inSight("Approve", 740);
    await expect.poll(hiddenPx).toBe(0);
    await page.getByRole("button", { name: "Drop" }).click();
    await page.setViewportSize({ width: 360, height: 380 });
    await inSight("Drop it", 380);
    await expect.poll(() => isOnTop(page, "textarea:focus")).toBe(true);
    await page.getByLabel(/^Reason/).fill("too long");
    await page.getByRole("button", { name: "Drop it" }).click();
    expect(await resolved(room)).toMatchObject({ outcome: "dropped", reason: "too long" });
    const box = page.getByRole("textbox", { name: "Your message" });
    await box.click();
    await room.say("@writer say another");
    await page.getByText("Waiting for you").waitFor();
    await expect.poll(async () => (await box.boundingBox())?.y).toBeLessThan(340);
    await page.getByText("say another").waitFor();
    await expect.poll(() => page.getByRole("button", { name: "Approve" }).isVisible()).toBe(false);
  });

  test("who may not decide sees that something waits: a member its text, a viewer not even on the wire", async () => {
    const room = await makeWebRoom(server, { agents });
    const member = await enter(room, { role: "member", name: "Max" });
    const { page: viewer } = await openPerson(browser, { origin: server.url });
    const received: string[] = [];
    const session = await viewer.context().newCDPSession(viewer);
    await session.send("Network.enable");
    session.on("Network.eventSourceMessageReceived", ({ data }) => received.push(data));
    await joinByLink(viewer, { url: server.url, code: room.invites.viewer, name: "Vic" });
    await viewer.getByText("Live", { exact: true }).waitFor();
    await room.say("@coder ask");
    await member.locator(".gate", { hasText: "Which colour?" }).waitFor();
    await viewer.getByText("The text is shown to those who may decide.").waitFor();
    for (const page of [member, viewer]) {
      await page.getByText("An approver or the owner decides this.").waitFor();
      expect(await page.locator(".gate button:not([aria-keyshortcuts=x]), .gate textarea").count()).toBe(0);
      expect(await page.title()).toBe("Test room · Parley");
    }
    await viewer.reload();
    await viewer.getByText("The text is shown to those who may decide.").waitFor();
    expect(received.some((data) => data.includes("gate.opened"))).toBe(true);
    expect(received.join("\n")).not.toContain("Which colour");
    expect(await viewer.content()).not.toContain("Which colour");
  });
});
