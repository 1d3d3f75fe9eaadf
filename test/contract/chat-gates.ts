import { expect } from "vitest";
import { lineFields } from "../../src/core/text/line-fields.js";
import type { WithDriver } from "./chat.js";
import type { ChatDriver, Place } from "./chat-driver.js";
import { testQuestions } from "./chat-questions.js";
import { openForm, openRoom, saidIn, textsWith, waitForText } from "./chat-steps.js";

const onCard = "guarded wants to say";

/** Lines of a text with at least this many characters. */
function linesOf(chars: number): string {
  const lines: string[] = [];
  for (let length = 0; length < chars; length += (lines.at(-1)?.length ?? 0) + 1)
    lines.push(`line ${lines.length + 1} of the long text`);
  return lines.join("\n");
}

async function held(driver: ChatDriver, token: string): Promise<Place> {
  const place = await openRoom(driver, { name: `held-${token}`, agents: "guarded" });
  await driver.act({ user: driver.people.owner, ...place, say: `@guarded say ${token}` });
  await waitForText(driver, place, onCard);
  return place;
}

export function testGates(withDriver: WithDriver): void {
  withDriver("a card shows the sender, the recipients, the reason and the full text", async (driver) => {
    const place = await held(driver, "text");
    const card = await waitForText(driver, place, onCard);
    expect(card.text).toContain("the room");
    expect(card.text).toContain("every message of guarded is held");
    expect(card.text).toContain("said text");
    expect(card.buttons).toEqual(["Approve", "Edit…", "Drop", "Drop with a reason…"]);
  });

  withDriver("strangers and members get a private refusal and change nothing", async (driver) => {
    const place = await held(driver, "stranger");
    const { stranger, member, owner } = driver.people;
    const press = { ...place, press: "Approve", on: onCard };
    expect((await driver.act({ user: stranger, ...press })).text).toContain("you may not decide");
    await driver.act({ user: member, ...place, say: "I am here too" });
    expect((await driver.act({ user: member, ...press })).text).toContain("may not decide");
    const form = await driver.act({ user: member, ...place, press: "Edit…", on: onCard });
    expect(form.form).toBeUndefined();
    expect(form.text).toContain("may not decide");
    expect((await waitForText(driver, place, onCard)).buttons).toContain("Approve");
    expect(saidIn(await driver.seen(place))).toEqual([]);
    expect((await driver.act({ user: owner, ...press })).text).toBeUndefined();
    await driver.until("it is sent", async () => saidIn(await driver.seen(place)).includes("stranger"));
    expect(await textsWith(driver, place, "Eve")).toEqual([]);
  });

  withDriver(
    "one of two simultaneous clicks wins; the other, and a stale click, is told who decided",
    async (driver) => {
      const place = await held(driver, "race");
      const { owner, approver } = driver.people;
      const answers = await Promise.all([
        driver.act({ user: owner, ...place, press: "Approve", on: onCard }),
        driver.act({ user: approver, ...place, press: "Drop", on: onCard }),
      ]);
      const late = answers.flatMap(({ text }) => text ?? []);
      expect(late).toHaveLength(1);
      expect(late[0]).toMatch(/Too late: (mia|ann) was first/);
      const card = await driver.until("the card says who", async () =>
        (await driver.seen(place)).find(({ text, buttons }) => text.includes(onCard) && buttons.length === 0),
      );
      expect(card.text).toMatch(/approved|dropped/);
      const stale = await driver.act({ user: owner, ...place, press: "Approve", on: onCard, isStale: true });
      expect(stale.text).toContain("Too late");
      await driver.pass(3_000);
      expect(saidIn(await driver.seen(place)).length).toBe(card.text.includes("approved") ? 1 : 0);
    },
  );

  withDriver("the card shows the outcome and the decider within 2 s", async (driver) => {
    const place = await held(driver, "soon");
    await driver.act({ user: driver.people.approver, ...place, press: "Drop", on: onCard });
    const isSaid = async () => {
      const card = (await driver.seen(place)).find(({ text }) => text.includes(onCard));
      return card?.buttons.length === 0 && card.text.includes("dropped by ann");
    };
    await driver.until("the card says dropped by ann", isSaid, 2_000);
    await driver.pass(3_000);
    expect(saidIn(await driver.seen(place))).toEqual([]);
  });

  withDriver("a decision can carry a reason", async (driver) => {
    const place = await held(driver, "reason");
    const { owner } = driver.people;
    const form = await openForm(driver, place, { user: owner, press: "Drop with a reason…", on: onCard });
    expect(form.value).toBe("");
    await driver.act({ user: owner, ...place, submit: "too early", form });
    expect((await waitForText(driver, place, "dropped by mia")).text).toContain("too early");
  });

  withDriver(
    "a text too long for a card shows its beginning with the whole as a file, and is approved",
    async (driver) => {
      const place = await openRoom(driver, { name: "long", agents: "guarded" });
      const { owner } = driver.people;
      const text = linesOf(driver.supports.maxCardChars + 400);
      await driver.act({ user: owner, ...place, say: `@guarded repeat ${text}` });
      const card = await waitForText(driver, place, onCard);
      expect(card.text).toContain("line 1 of the long text");
      expect(card.text).toContain(`the beginning of ${text.length} characters`);
      expect(card.text).not.toContain(text.slice(-24));
      const wholes = async () => (await driver.seen(place)).filter(({ file }) => file?.trim() === text);
      await driver.until("the whole is a file", async () => (await wholes()).length === 1);
      await driver.act({ user: owner, ...place, press: "Approve", on: onCard });
      await waitForText(driver, place, "approved by mia");
      const said = async () =>
        (await driver.logged(place)).some(({ from, body }) => from === "guarded" && body === text);
      await driver.until("it is said", said);
    },
  );

  withDriver("a long text is edited in several fields, whose parts make one text again", async (driver) => {
    const place = await openRoom(driver, { name: "edits", agents: "guarded" });
    const { owner } = driver.people;
    const { maxFormChars, maxFormFields } = driver.supports;
    const text = linesOf(maxFormChars * (maxFormFields - 1) + 200);
    const fields = lineFields(text, { maxChars: maxFormChars, maxFields: maxFormFields }) ?? [];
    expect(fields).toHaveLength(maxFormFields);
    await driver.act({ user: owner, ...place, say: `@guarded repeat ${text}` });
    await waitForText(driver, place, onCard);
    const form = await openForm(driver, place, { user: owner, press: "Edit…", on: onCard });
    expect(form.value).toBe(fields[0]);
    const changed = fields.map((field, at) => (at === 1 ? field.replace("long text", "text as mia wants it") : field));
    await driver.act({ user: owner, ...place, form, submit: "", fields: changed });
    await waitForText(driver, place, "edited by mia");
    const wanted = changed.join("\n");
    const said = async () => (await driver.logged(place)).some(({ body }) => body === wanted);
    await driver.until("it is said", said);
  });

  withDriver("a text too long for every form is edited in the browser, and approved in the thread", async (driver) => {
    const place = await openRoom(driver, { name: "huge", agents: "guarded" });
    const { maxFormChars, maxFormFields } = driver.supports;
    const text = linesOf(maxFormChars * maxFormFields + 400);
    await driver.act({ user: driver.people.owner, ...place, say: `@guarded repeat ${text}` });
    const card = await waitForText(driver, place, onCard);
    expect(card.buttons).toEqual(["Approve", "Edit in the browser", "Drop", "Drop with a reason…"]);
  });

  withDriver("a tool call is allowed or denied; a question is answered in words", async (driver) => {
    const place = await openRoom(driver, { name: "asks", agents: "tooler, asker" });
    const { owner } = driver.people;
    await driver.act({ user: owner, ...place, say: "@tooler use axe" });
    const card = await waitForText(driver, place, "tooler wants to use Bash");
    expect(card.text).toContain("rm -rf build");
    await driver.act({ user: owner, ...place, press: "Allow", on: "tooler wants to use" });
    await waitForText(driver, place, "used axe");
    await driver.act({ user: owner, ...place, say: "@asker ask west" });
    await waitForText(driver, place, "asker asks");
    const form = await openForm(driver, place, { user: owner, press: "Answer…", on: "asker asks" });
    await driver.act({ user: owner, ...place, submit: "straight on", form });
    await waitForText(driver, place, "went west");
    expect((await waitForText(driver, place, "answered by mia")).text).toContain("straight on");
  });

  testQuestions(withDriver);

  withDriver("a room shown in two threads updates the card in both", async (driver) => {
    const place = await openRoom(driver, { name: "both", agents: "guarded" });
    const { owner, approver } = driver.people;
    const other = await attach(driver, "both");
    await driver.act({ user: owner, ...place, say: "@guarded say twice" });
    await waitForText(driver, place, onCard);
    await waitForText(driver, other, onCard);
    await driver.act({ user: approver, ...other, press: "Approve", on: onCard });
    for (const where of [place, other]) {
      await driver.until(
        "approved by ann",
        async () => (await textsWith(driver, where, "approved by ann")).length === 1,
      );
      await driver.until("it is said", async () => saidIn(await driver.seen(where)).length === 1);
    }
  });
}

/** Attaches the owner's room of this name to the other channel as well. */
export async function attach(driver: ChatDriver, name: string): Promise<Place> {
  const [, channel] = driver.channels;
  const known = await driver.threads(channel);
  await driver.act({ user: driver.people.owner, channel, command: `attach ${name}` });
  return driver.until("the second thread", async () => {
    const thread = (await driver.threads(channel)).find((one) => !known.includes(one));
    return thread !== undefined && { channel, thread };
  });
}
