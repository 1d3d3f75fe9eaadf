import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { usernameOf } from "../../../adapters/discord/identity.js";
import { permissionsNumber } from "../../../adapters/discord/permissions.js";
import { channel, openThread, root, said, sent, startEmulator, startHearing } from "./harness.js";

test("agents speak under their own names through one webhook per channel, and ping only whom Parley names", async () => {
  const rig = await startHearing();
  const { chat, discord } = rig;
  const thread = await openThread(rig);
  const other = await openThread(rig, "r2/0/0/0");
  const to = [{ name: "reviewer" }, { name: "mia", userId: "600000000000000001" }];
  await chat.post(thread, said("**done** @everyone <@600000000000000002> https://evil.example/?q=1", { to }), "k1");
  await chat.post(other, said("here too"), "k2");
  const [, message] = discord.people.seen(thread.thread);
  expect(message).toMatchObject({ from: "Coder", isPerson: false });
  expect(message?.text).toContain("→ @reviewer, @Mia");
  expect(discord.reach()).toEqual({ pings: [{ target: "600000000000000001", where: thread.thread }], unfurls: [] });
  expect(Object.keys(discord.store.state.webhooks)).toHaveLength(1);
  expect(rig.inbound).toEqual([]);
});

test("a post of unknown outcome is found, also among equal ones, and not where it is not", async () => {
  const rig = await startHearing();
  const { chat, discord } = rig;
  const thread = await openThread(rig);
  const [first = ""] = await chat.post(thread, said("ok"), "k1");
  expect(await chat.find(thread, sent("k2", said("ok"), [first]))).toBeUndefined();
  discord.faults.add({ target: "rest", route: "POST webhook", mode: "http_error", phase: "after" });
  await expect(chat.post(thread, said("ok"), "k2")).rejects.toMatchObject({ code: "outcome_unknown" });
  const found = await chat.find(thread, sent("k2", said("ok"), [first]));
  expect(found).toHaveLength(1);
  expect(found).not.toEqual([first]);
  expect(discord.people.seen(thread.thread)).toHaveLength(3);
});

test("a root whose thread was not made is completed, and Parley's own posts come once for one key", async () => {
  const { chat, discord } = await startHearing();
  const target = { kind: "channel", channel } as const;
  discord.faults.add({ target: "rest", route: "POST thread", mode: "drop" });
  await expect(chat.post(target, root, "r1/0/0/0")).rejects.toMatchObject({ code: "outcome_unknown" });
  expect(discord.people.threads(channel)).toEqual([]);
  const ids = await chat.find(target, sent("r1/0/0/0", root));
  expect(discord.people.threads(channel)).toEqual(ids);
  const thread = { kind: "thread", channel, thread: ids?.[0] ?? "" } as const;
  const line = { kind: "line", text: "coder joined" } as const;
  expect(await chat.post(thread, line, "k")).toEqual(await chat.post(thread, line, "k"));
});

// vercel/chat#279, openabdev/openab#189: error 160004, a thread has already been created for this message.
test("a root whose thread was made without an answer keeps that thread", async () => {
  const { chat, discord } = await startHearing();
  const target = { kind: "channel", channel } as const;
  discord.faults.add({ target: "rest", route: "POST thread", mode: "drop", phase: "after" });
  await expect(chat.post(target, root, "r1/0/0/0")).rejects.toMatchObject({ code: "outcome_unknown" });
  const made = discord.people.threads(channel);
  expect(made).toHaveLength(1);
  expect(await chat.find(target, sent("r1/0/0/0", root))).toEqual(made);
  expect(discord.people.threads(channel)).toEqual(made);
});

test("an archived thread opens again for a post and for an edit; a locked one is said to be gone", async () => {
  const rig = await startHearing();
  const { chat, discord } = rig;
  const thread = await openThread(rig);
  const ids = await chat.post(thread, { kind: "working", text: "coder: npm test" }, "k1");
  const state = discord.store.state.channels[thread.thread]?.thread_metadata;
  Object.assign(state ?? {}, { archived: true });
  await chat.edit(thread, ids, { kind: "working", text: "coder: npm test, 40 s" });
  expect(state?.archived).toBe(false);
  Object.assign(state ?? {}, { archived: true });
  await chat.post(thread, said("still here"), "k2");
  expect(state?.archived).toBe(false);
  Object.assign(state ?? {}, { archived: true, locked: true });
  await expect(chat.post(thread, said("locked"), "k3")).rejects.toMatchObject({ code: "thread_gone" });
});

test("a deleted webhook is created again", async () => {
  const rig = await startHearing();
  const { chat, discord } = rig;
  const thread = await openThread(rig);
  await chat.post(thread, said("one"), "k1");
  discord.store.state.webhooks = {};
  await expect(chat.post(thread, said("two"), "k2")).rejects.toMatchObject({ code: "unavailable" });
  await chat.post(thread, said("two"), "k2");
  expect(discord.people.seen(thread.thread).map(({ text }) => text)).toEqual([
    expect.any(String),
    expect.stringContaining("one"),
    expect.stringContaining("two"),
  ]);
});

test("the sixteenth webhook of a channel is refused with what to do", async () => {
  const rig = await startHearing();
  const { chat, discord } = rig;
  const thread = await openThread(rig);
  for (let at = 0; at < 15; at += 1)
    discord.store.state.webhooks[`9${at}`] = {
      id: `9${at}`,
      token: "t",
      name: "other",
      channel_id: channel,
      application_id: "1",
    };
  await expect(chat.post(thread, said("one"), "k1")).rejects.toMatchObject({
    code: "missing_permission",
    message: expect.stringContaining("15 webhooks"),
  });
});

test("names that Discord refuses are made legal and stay distinct", async () => {
  const rig = await startHearing();
  const thread = await openThread(rig);
  const names = ["Discord", "disc-ord", "clyde", "everyone", "a:b", "a#b", "a-b", "@x", "x".repeat(200)];
  const legal = names.map((displayName) => usernameOf({ name: "n", displayName, role: "r", kind: "agent" }));
  expect(new Set(legal).size).toBe(names.length);
  for (const [at, displayName] of names.slice(0, 4).entries())
    await rig.chat.post(thread, said("hi", { from: { name: "n", displayName, role: "r", kind: "agent" } }), `k${at}`);
});

test("an option is completed from what Parley suggests, in a list its last item", async () => {
  const rig = await startHearing();
  const asked: string[] = [];
  rig.suggestWith((question) => {
    asked.push(`${question.what} ${question.typed}`);
    return ["coder"];
  });
  const typed = { user: "mia", channel, verb: "new", options: { name: "x", agents: "planner, co" }, focused: "agents" };
  expect(await rig.discord.people.complete(typed)).toMatchObject({
    kind: "choices",
    choices: [{ name: "planner, coder", value: "planner, coder" }],
  });
  expect(asked).toEqual(["role co"]);
});

test("an answer that takes longer than Discord waits comes later, and privately", async () => {
  const rig = await startHearing();
  rig.replyWith(async () => {
    await new Promise((resolve) => setTimeout(resolve, 3_500));
    return { kind: "text", text: "at last" };
  });
  const outcome = await rig.discord.people.command({ user: "mia", channel, verb: "list" });
  expect(outcome.kind).toBe("thinking");
  await rig.discord.until(() => rig.discord.people.whispers("mia").includes("at last"));
}, 180_000);

test("the permissions number of the invite link is the one that is checked", async () => {
  const docs = await readFile(new URL("../../../docs/discord.md", import.meta.url), "utf8");
  expect(docs).toContain(`&permissions=${permissionsNumber}`);
  const discord = await startEmulator();
  discord.store.state.permissions = permissionsNumber;
  const rig = await startHearing(discord);
  expect(await rig.chat.check()).toEqual({ ok: true });
});
