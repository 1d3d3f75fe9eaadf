import { setTimeout as pause } from "node:timers/promises";
import { expect, test } from "vitest";
import { answerInteractions, call, general, identify, mia, registerRoom, say, startDiscord } from "./harness.js";
import { applicationId, type Json } from "./model.js";

const command = { user: "mia", channel: general, verb: "new", options: { name: "x" } };
const privately = { type: 4, data: { content: "done", flags: 64 } };

async function ready(settings: Json = {}) {
  const discord = await startDiscord({ settings });
  const connection = await identify(discord);
  await registerRoom(discord);
  return { discord, connection };
}

test("a command reaches the app with its options and its person, and is answered for that person alone", async () => {
  const { discord, connection } = await ready();
  answerInteractions(discord, connection, () => privately);
  expect(await discord.people.command(command)).toMatchObject({ kind: "text", text: "done" });
  const [told] = connection.events("INTERACTION_CREATE");
  expect(told).toMatchObject({
    type: 2,
    member: { user: { id: mia } },
    data: { name: "room", options: [{ name: "new" }] },
  });
  expect(discord.people.whispers("mia")).toEqual(["done"]);
  expect(discord.people.whispers("bob")).toEqual([]);
  expect(discord.violations()).toEqual([]);
});

test("people cannot send an unregistered command, nor omit a required option", async () => {
  const { discord } = await ready();
  expect(() => discord.people.command({ ...command, verb: "old" })).toThrow("knows no");
  expect(() => discord.people.command({ ...command, options: {} })).toThrow("needs name");
  expect(() => discord.people.command({ ...command, options: { name: "x", colour: "red" } })).toThrow("no option");
});

test("an answer after the limit is 10062 and a violation; the person has seen that nothing came", async () => {
  const { discord, connection } = await ready({ ackMs: 100 });
  expect(await discord.people.command(command)).toMatchObject({ kind: "failed" });
  const [{ id, token }] = connection.events("INTERACTION_CREATE") as [Json];
  const late = await call(discord, "POST", `/interactions/${id}/${token}/callback`, privately);
  expect(late).toMatchObject({ status: 404, body: { code: 10062 } });
  expect(discord.violations()).toMatchObject([{ rule: "late_ack" }]);
});

test("a second answer is 40060, a wrong token 10062", async () => {
  const { discord, connection } = await ready();
  const { answers } = answerInteractions(discord, connection, () => privately);
  await discord.people.command(command);
  await discord.until(() => answers.length === 1);
  const [{ id, token }] = connection.events("INTERACTION_CREATE") as [Json];
  expect(await call(discord, "POST", `/interactions/${id}/${token}/callback`, privately)).toMatchObject({
    body: { code: 40060 },
  });
  expect(await call(discord, "POST", `/interactions/${id}/wrong/callback`, privately)).toMatchObject({
    body: { code: 10062 },
  });
});

test("a deferred answer is filled in later, until the token is over", async () => {
  const { discord, connection } = await ready({ tokenLifeMs: 2_000 });
  answerInteractions(discord, connection, () => ({ type: 5, data: { flags: 64 } }));
  expect(await discord.people.command(command)).toMatchObject({ kind: "thinking" });
  const [{ token }] = connection.events("INTERACTION_CREATE") as [Json];
  const edit = () =>
    call(discord, "PATCH", `/webhooks/${applicationId}/${token}/messages/@original`, { content: "later" });
  expect(await edit()).toMatchObject({ status: 200 });
  expect(discord.people.whispers("mia")).toEqual(["later"]);
  await pause(2_050);
  expect(await edit()).toMatchObject({ status: 401, body: { code: 50027 } });
});

test("an answer for everybody is a violation", async () => {
  const { discord, connection } = await ready();
  answerInteractions(discord, connection, () => ({ type: 4, data: { content: "look" } }));
  await discord.people.command(command);
  expect(discord.violations()).toMatchObject([{ rule: "public_answer" }]);
});

test("names are suggested while an option is typed, at most 25", async () => {
  const { discord, connection } = await ready();
  const choices = [{ name: "coder", value: "coder" }];
  let count = 1;
  answerInteractions(discord, connection, () => ({ type: 8, data: { choices: Array(count).fill(choices[0]) } }));
  const typed = { ...command, options: { name: "x", agents: "co" }, focused: "agents" };
  expect(await discord.people.complete(typed)).toMatchObject({ kind: "choices", choices });
  expect(connection.events("INTERACTION_CREATE")[0]).toMatchObject({ type: 4 });
  count = 26;
  void discord.people.complete(typed);
  await discord.until(() => discord.violations().some(({ rule }) => rule === "invalid"));
});

test("a form is opened by a press, filled by its person within its limits, and never opened by a form", async () => {
  const { discord, connection } = await ready();
  const input = { type: 4, custom_id: "text", style: 2, max_length: 5, required: true };
  const modal = {
    type: 9,
    data: { custom_id: "f1", title: "Edit", components: [{ type: 18, label: "Text", component: input }] },
  };
  const { answers } = answerInteractions(discord, connection, () => modal);
  const components = [{ type: 1, components: [{ type: 2, style: 1, label: "Edit", custom_id: "b1" }] }];
  const { body } = await say(discord, { content: "held", components });
  const clicked = { user: "mia", channel: general, id: body.id, customId: "b1" };
  expect(await discord.people.click(clicked)).toMatchObject({ kind: "modal", customId: "f1", maxLength: 5 });
  const filled = { user: "mia", channel: general, customId: "f1" };
  expect(() => discord.people.submit({ ...filled, value: "too long" })).toThrow("takes 5");
  expect(() => discord.people.submit({ ...filled, value: "" })).toThrow("more text");
  expect(() => discord.people.submit({ ...filled, user: "bob", value: "ok" })).toThrow("no such form");
  void discord.people.submit({ ...filled, value: "ok" });
  await discord.until(() => answers.length === 2);
  expect(answers[1]).toMatchObject({ status: 400, body: { code: 50035 } });
});

test.each<[string, Json]>([
  ["a title of 46", { title: "x".repeat(46) }],
  ["no field", { components: [] }],
  ["six fields", { components: Array(6).fill({ type: 18, label: "l", component: { type: 4, custom_id: "t" } }) }],
  [
    "a text of 4,001",
    { components: [{ type: 18, label: "l", component: { type: 4, custom_id: "t", value: "x".repeat(4_001) } }] },
  ],
])("a form with %s is refused", async (_, wrong) => {
  const { discord, connection } = await ready({ ackMs: 1_000 });
  const right = {
    custom_id: "f",
    title: "t",
    components: [{ type: 18, label: "l", component: { type: 4, custom_id: "t" } }],
  };
  const { answers } = answerInteractions(discord, connection, () => ({ type: 9, data: { ...right, ...wrong } }));
  void discord.people.command(command);
  await discord.until(() => answers.length === 1);
  expect(answers[0]).toMatchObject({ status: 400, body: { code: 50035 } });
});

test("a press on a message changes it, and fails at once while no app is connected", async () => {
  const { discord, connection } = await ready();
  answerInteractions(discord, connection, () => ({ type: 7, data: { content: "decided", components: [] } }));
  const components = [{ type: 1, components: [{ type: 2, style: 1, label: "Go", custom_id: "b1" }] }];
  const { body } = await say(discord, { content: "held", components });
  const clicked = { user: "mia", channel: general, id: body.id, customId: "b1" };
  expect(await discord.people.click(clicked)).toMatchObject({ kind: "acknowledged" });
  expect(discord.people.seen(general)[0]).toMatchObject({ text: "decided", buttons: [] });
  discord.gateway.drop();
  await discord.until(() => discord.gateway.connections() === 0);
  expect(await discord.people.click(clicked)).toMatchObject({ kind: "failed" });
});

test("a sixth follow-up is 40094, and the person sees five", async () => {
  const { discord, connection } = await ready();
  answerInteractions(discord, connection, () => privately);
  await discord.people.command(command);
  const [{ token }] = connection.events("INTERACTION_CREATE") as [Json];
  const followUp = (content: string) =>
    call(discord, "POST", `/webhooks/${applicationId}/${token}`, { content, flags: 64 });
  for (let count = 1; count <= 5; count += 1) expect(await followUp(`f${count}`)).toMatchObject({ status: 200 });
  expect(await followUp("f6")).toMatchObject({ status: 400, body: { code: 40094 } });
  expect(discord.people.whispers("mia")).toEqual(["done", "f1", "f2", "f3", "f4", "f5"]);
});
