import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { Gateway } from "../../emulators/discord/gateway.js";
import { freePort } from "../../support/free-port.js";
import { channel, openThread, type Rig, startChat, startEmulator, startHearing } from "./harness.js";

const say = ({ discord }: Rig, thread: string, text: string) =>
  discord.people.say({ user: "mia", channel: thread, text });

test.each<[string, (gateway: Gateway) => void, "resumed" | "identified"]>([
  ["dropped", (gateway) => gateway.drop(), "resumed"],
  ["closed with 4000", (gateway) => gateway.close(4_000), "resumed"],
  ["told to reconnect (op 7)", (gateway) => gateway.reconnect(), "resumed"],
  ["invalid but resumable (op 9)", (gateway) => gateway.invalidate(true), "resumed"],
  ["invalid (op 9)", (gateway) => gateway.invalidate(false), "identified"],
  ["a zombie that answers no heartbeat", (gateway) => gateway.mute(), "resumed"],
])("a connection that was %s comes back, and no event is missed or repeated", async (_, break_, how) => {
  const rig = await startHearing();
  const { discord, chat } = rig;
  const { thread } = await openThread(rig);
  say(rig, thread, "before");
  await discord.until(() => rig.inbound.length === 1);
  const [identifies, resumes, connects] = [discord.gateway.identifies(), discord.gateway.resumes(), rig.connects()];
  break_(discord.gateway);
  say(rig, thread, "meanwhile");
  await discord.until(() => rig.connects() > connects, 15_000);
  expect(discord.gateway.resumes() > resumes).toBe(how === "resumed");
  expect(discord.gateway.identifies() > identifies).toBe(how === "identified");
  say(rig, thread, "after");
  await discord.until(() => rig.inbound.some(({ action }) => action.kind === "message" && action.text === "after"));
  const history = await chat.history({ kind: "thread", channel, thread }, 0);
  const ids = new Set([...rig.inbound, ...history].map(({ id }) => id));
  expect(ids.size).toBe(3);
  if (how === "resumed") expect(rig.inbound.map(({ id }) => id)).toEqual(history.map(({ id }) => id));
  expect(await chat.check()).toEqual({ ok: true });
});

test("a connection that was given up and is wanted again is opened again, and hears", async () => {
  const rig = await startHearing();
  const { discord, chat } = rig;
  const { thread } = await openThread(rig);
  for (const text of ["once", "twice"]) {
    const connects = rig.connects();
    await rig.reconnect();
    await discord.until(() => rig.connects() > connects, 10_000);
    expect(discord.gateway.connections()).toBe(1);
    say(rig, thread, text);
    await discord.until(() => rig.inbound.some(({ action }) => action.kind === "message" && action.text === text));
  }
  expect(await chat.check()).toEqual({ ok: true });
}, 30_000);

test("a message that the client cannot read ends neither the process nor the hearing", async () => {
  const rig = await startHearing();
  const { discord, chat } = rig;
  const { thread } = await openThread(rig);
  const connects = rig.connects();
  discord.gateway.garble();
  await discord.until(() => rig.logged().includes("failed in its client"), 10_000);
  await discord.until(() => rig.connects() > connects, 20_000);
  say(rig, thread, "after");
  await discord.until(() => rig.inbound.some(({ action }) => action.kind === "message" && action.text === "after"));
  expect(await chat.check()).toEqual({ ok: true });
}, 60_000);

test("an emulator that dies and comes back on its state is signed in to again, and says that it was deaf", async () => {
  const statePath = join(await mkdtemp(join(tmpdir(), "parley-discord-")), "state.json");
  const discord = await startEmulator({ statePath, port: await freePort() });
  const rig = await startHearing(discord);
  const { thread } = await openThread(rig);
  await discord.kill();
  await discord.until(() => rig.logged().includes("deaf"), 10_000);
  expect(await rig.chat.check()).toMatchObject({ ok: false, detail: expect.stringContaining("does not hear Discord") });
  const back = await startEmulator({ statePath, port: discord.port });
  expect(back.people.seen(thread)).toHaveLength(1);
  back.people.say({ user: "mia", channel: thread, text: "while it was away" });
  await back.until(() => rig.connects() > 1, 20_000);
  expect(await rig.chat.history({ kind: "thread", channel, thread }, 0)).toHaveLength(1);
  await back.until(() => back.gateway.connections() === 1);
}, 180_000);

test("without the Message Content intent mentions and commands still work, and health names the missing intent", async () => {
  const discord = await startEmulator();
  discord.store.state.mayReadContent = false;
  const rig = await startHearing(discord);
  const { thread } = await openThread(rig);
  discord.people.say({ user: "mia", channel: thread, text: "not for everybody" });
  discord.people.say({ user: "mia", channel: thread, text: "@parley who" });
  await discord.people.command({ user: "mia", channel: thread, verb: "show" });
  await discord.until(() => rig.inbound.length === 2);
  const asked = rig.inbound.map(({ action }) => (action.kind === "command" ? action.text : action.kind));
  expect(asked.toSorted()).toEqual(["show", "who"]);
  expect(await rig.chat.check()).toMatchObject({ ok: true, detail: expect.stringContaining("Message Content Intent") });
});

test("an intent that is refused only at sign-in (4014) is done without", async () => {
  const discord = await startEmulator();
  const rig = await startHearing(discord);
  discord.store.state.mayReadContent = false;
  const connects = rig.connects();
  discord.gateway.invalidate(false);
  await discord.until(() => rig.connects() > connects, 15_000);
  expect((await rig.chat.check()).detail).toContain("Message Content Intent");
});

test("a wrong token is a state: it is said, not logged, and not tried at the Gateway", async () => {
  const rig = await startChat({ token: "wrong.discord.token" });
  expect(await rig.chat.check()).toMatchObject({ ok: false, detail: expect.stringContaining("DISCORD_BOT_TOKEN") });
  expect(rig.logged()).not.toContain("wrong.discord.token");
  expect(rig.discord.gateway.identifies()).toBe(0);
  await expect(rig.chat.history({ kind: "thread", channel, thread: "1" }, 0)).rejects.toMatchObject({
    name: "ChatError",
  });
});

test("a start with Discord away resolves, and connects when it is there", async () => {
  const gone = await startEmulator({ port: await freePort() });
  await gone.kill();
  const startedAtMs = Date.now();
  const rig = await startChat({ discord: gone });
  expect(Date.now() - startedAtMs).toBeLessThan(5_000);
  expect(await rig.chat.check()).toMatchObject({ ok: false, detail: expect.stringContaining("cannot be reached") });
  const back = await startEmulator({ port: gone.port });
  await back.until(() => rig.connects() === 1, 20_000);
  expect(await rig.chat.check()).toEqual({ ok: true });
}, 180_000);

test("missing permissions are named", async () => {
  const discord = await startEmulator();
  discord.store.state.permissions = String(BigInt(discord.store.state.permissions) & ~(1n << 29n));
  const rig = await startChat({ discord });
  expect((await rig.chat.check()).detail).toContain("Manage Webhooks (agents cannot speak)");
});

test("a stop does not wait for a Gateway that no longer answers, and the next start hears again", async () => {
  // It reads no heartbeats either.
  const discord = await startEmulator({ broken: ["no_heartbeat"] });
  const rig = await startHearing(discord);
  discord.gateway.freeze();
  const startedAtMs = Date.now();
  await rig.reconnect();
  // The SDK gives the other side 30 s for its goodbye.
  expect(Date.now() - startedAtMs).toBeLessThan(15_000);
  await discord.until(() => rig.connects() === 2, 20_000);
}, 180_000);
