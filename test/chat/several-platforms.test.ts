import { describe, expect, test } from "vitest";
import { createMemoryPlatform } from "../../adapters/memory/chat.js";
import type { MemoryPlatform } from "../../adapters/memory/chat-platform.js";
import type { Command } from "../../src/core/room/command.js";
import type { ChatSupports } from "../../src/ports/chat.js";
import type { InboundAction } from "../../src/ports/chat-inbound.js";
import { saidIn } from "../contract/chat-steps.js";
import { seededRandom } from "../support/seeded-random.js";
import {
  createMemoryWorld,
  type MemoryParley,
  type MemoryWorld,
  messagesOf,
  pass,
  startMemoryParley,
} from "./memory-parley.js";
import { seenPost } from "./memory-people.js";

const mia = { id: "U-mia", displayName: "Mia" };
const max = { id: "D-max", displayName: "Max" };

interface Installation {
  world: MemoryWorld;
  slack: MemoryPlatform;
  discord: MemoryPlatform;
  parley: MemoryParley;
  roomId: string;
  slackThread: string;
  discordThread: string;
}

/** A room created on one platform and attached on the other with an invite. */
async function open(supports: Partial<ChatSupports> = {}): Promise<Installation> {
  const world = await createMemoryWorld();
  const { clock } = world;
  const fast = { postBurst: 20, postIntervalMs: 50 };
  const slack = createMemoryPlatform({ platform: "slack", clock, supports: { ...fast, ...supports } });
  const discord = createMemoryPlatform({ platform: "discord", clock, supports: { ...fast, maxPostChars: 2_000 } });
  const parley = await startMemoryParley(world, { chats: [slack.chat(), discord.chat()], life: 1 });
  await pass(world, 100);
  await act(world, slack, {
    user: mia,
    channel: "S1",
    action: { kind: "command", text: "new shared with teller, guarded" },
  });
  await pass(world, 5_000);
  const invited = await act(world, slack, {
    user: mia,
    channel: "S1",
    action: { kind: "command", text: "invite approver" },
  });
  const code = /`([0-9a-z-]{20,})`/.exec(invited.text)?.[1] ?? "";
  await act(world, discord, { user: max, channel: "D1", action: { kind: "command", text: `attach ${code}` } });
  await pass(world, 5_000);
  const rootOf = (platform: MemoryPlatform) => platform.posts.find(({ post }) => post.kind === "root");
  const root = rootOf(slack);
  const roomId = root?.post.kind === "root" ? root.post.card.roomId : "";
  return {
    world,
    slack,
    discord,
    parley,
    roomId,
    slackThread: root?.ids[0] ?? "",
    discordThread: rootOf(discord)?.ids[0] ?? "",
  };
}

async function act(
  world: MemoryWorld,
  platform: MemoryPlatform,
  by: { user: { id: string; displayName: string }; channel: string; thread?: string; action: InboundAction },
): Promise<{ text: string }> {
  let text: string | undefined;
  void platform.act(by).then((reply) => {
    text = reply?.kind === "text" ? reply.text : "";
  });
  for (let waitedMs = 0; text === undefined && waitedMs < 5_000; waitedMs += 10) await pass(world, 10);
  return { text: text ?? "no answer" };
}

const says = (text: string): InboundAction => ({ kind: "message", text, startsWithUser: false, files: [] });
const posted = (platform: MemoryPlatform) => platform.posts.flatMap((shown) => seenPost(shown));

async function execute({ parley, world, roomId }: Installation, command: Command) {
  let done = false;
  void parley.runtime.rooms.execute(roomId, command).then(() => {
    done = true;
  });
  while (!done) await pass(world, 10);
}

/** People write in turn on Slack, on Discord and in the browser. */
async function sayFrom(installation: Installation, at: number): Promise<void> {
  const { world, slack, discord, slackThread, discordThread } = installation;
  const action = says(`@teller say n${at}`);
  if (at % 3 === 0) await act(world, slack, { user: mia, channel: "S1", thread: slackThread, action });
  if (at % 3 === 1) await act(world, discord, { user: max, channel: "D1", thread: discordThread, action });
  if (at % 3 !== 2) return;
  const messageId = `web-${at}`;
  const by = { kind: "admin" as const };
  await execute(installation, { type: "message.post", by, messageId, body: `say n${at}`, to: ["teller"] });
}

describe("one room on two platforms and in the browser", () => {
  test("each side shows each message once, in room order and under the right name, while both fail in turn", async () => {
    const installation = await open();
    const { world, slack, discord, roomId } = installation;
    const random = seededRandom(7);
    let faults = 0;
    const failing = (platform: MemoryPlatform) =>
      platform.planFaults((call) => {
        if (call !== "post" || random() > 0.05) return undefined;
        faults += 1;
        return random() < 0.5 ? { kind: "lost", hasEffect: random() < 0.5 } : { kind: "limited", retryAfterMs: 300 };
      });
    const count = 500;
    for (let at = 0; at < count; at++) {
      if (at % 50 === 0) (at % 100 === 0 ? discord : slack).planFaults(() => undefined);
      if (at % 50 === 0) failing(at % 100 === 0 ? slack : discord);
      await sayFrom(installation, at);
      await pass(world, random() * 400);
    }
    slack.planFaults(() => undefined);
    discord.planFaults(() => undefined);
    await pass(world, 120_000);
    const messages = await messagesOf(world.log, roomId);
    const said = messages.flatMap(({ body }) => /^said (\S+)$/.exec(body)?.[1] ?? []);
    expect(said).toHaveLength(count);
    expect(saidIn(posted(slack))).toEqual(said);
    expect(saidIn(posted(discord))).toEqual(said);
    const byOthers = (platform: MemoryPlatform) => posted(platform).filter(({ text }) => /say n\d+$/.test(text));
    expect(byOthers(slack).filter(({ from }) => from === "Mia")).toEqual([]);
    expect(byOthers(discord).filter(({ from }) => from === "Max")).toEqual([]);
    expect(new Set(byOthers(slack).map(({ from }) => from))).toEqual(new Set(["Max", "admin"]));
    expect(byOthers(slack)).toHaveLength(Math.floor((count + 1) / 3) + Math.floor(count / 3));
    expect([...slack.violations, ...discord.violations]).toEqual([]);
    expect(faults).toBeGreaterThan(20);
    process.stdout.write(
      `two platforms and the web: ${count} messages and ${count} answers, ${faults} faults: each once on each side, in order\n`,
    );
  }, 180_000);

  test("a gate asked in private reaches only the deciders before it is decided", async () => {
    const installation = await open();
    const { world, slack, discord, slackThread } = installation;
    await execute(installation, { type: "room.configure", by: { kind: "admin" }, policy: { askIn: "approvers" } });
    await act(world, slack, { user: mia, channel: "S1", thread: slackThread, action: says("@guarded say secret") });
    await pass(world, 5_000);
    const private_ = [...slack.posts, ...discord.posts].filter(({ target }) => target.kind === "person");
    expect(private_.map(({ target }) => target.kind === "person" && target.userId).toSorted()).toEqual(
      ["D-max", "U-ann", "U-ann", "U-mia"].toSorted(),
    );
    const open_ = [...slack.posts, ...discord.posts].filter(({ target }) => target.kind !== "person");
    expect(open_.flatMap(seenPost).filter(({ text }) => text.includes("said secret"))).toEqual([]);
    const card = private_.find(({ target }) => target.kind === "person" && target.userId === "D-max");
    const approve = card?.post.kind === "gate" ? card.post.gate.buttons[0] : undefined;
    await act(world, discord, {
      user: max,
      channel: "DM",
      action: { kind: "press", button: approve?.kind === "press" ? approve.id : "" },
    });
    await pass(world, 3_000);
    expect(saidIn(posted(slack))).toEqual(["secret"]);
    expect(saidIn(posted(discord))).toEqual(["secret"]);
    for (const { post } of private_) expect(post).toMatchObject({ gate: { buttons: [], resolved: { by: "max" } } });
  });

  test("reminds deciders of an open gate on their platform, but not of a decided one", async () => {
    const installation = await open();
    const { world, slack, discord, slackThread } = installation;
    const reminders = (platform: MemoryPlatform) =>
      platform.posts.flatMap(({ post }) => (post.kind === "line" && post.text.includes("still held") ? [post] : []));
    const policy = { gateReminder: { afterS: 60, times: 2 } };
    await execute(installation, { type: "room.configure", by: { kind: "admin" }, policy });
    await act(world, slack, { user: mia, channel: "S1", thread: slackThread, action: says("@guarded say secret") });
    await pass(world, 50_000);
    expect([...reminders(slack), ...reminders(discord)]).toEqual([]);
    await pass(world, 15_000);
    expect(reminders(slack)).toMatchObject([
      {
        text: expect.stringContaining("A message of guarded is still held, for 1 min."),
        to: [{ userId: "U-ann" }, { userId: "U-mia" }],
      },
    ]);
    expect(reminders(discord)).toMatchObject([{ to: [{ userId: "U-ann" }, { userId: "D-max" }] }]);
    await pass(world, 300_000);
    expect(reminders(slack).map(({ text }) => /for (\d+ min)/.exec(text)?.[1])).toEqual(["1 min", "2 min"]);
    expect(JSON.stringify(reminders(slack))).not.toContain("secret");
    await act(world, slack, { user: mia, channel: "S1", thread: slackThread, action: says("@guarded say more") });
    await pass(world, 5_000);
    const gates = await installation.parley.runtime.rooms.peek(installation.roomId, (room) => [...room.gates.values()]);
    const by = { kind: "admin" as const };
    for (const { gateId, hash } of gates) {
      const decision = { gateId, action: "drop" as const, hash, opened: undefined, messageId: `dropped-${gateId}` };
      await execute(installation, { type: "gate.decide", by, ...decision });
    }
    await pass(world, 300_000);
    expect(reminders(slack)).toHaveLength(2);
  });

  test("keeps showing the room on the second platform while the first is down, and stops on the first once detached", async () => {
    const { world, slack, discord, slackThread, discordThread, parley } = await open();
    slack.setTrouble("unauthorized");
    await act(world, discord, { user: max, channel: "D1", thread: discordThread, action: says("@teller say on") });
    await pass(world, 10_000);
    expect(saidIn(posted(discord))).toEqual(["on"]);
    expect(posted(discord).filter(({ text }) => text.includes("not shown on slack"))).toHaveLength(1);
    expect(await parley.bridges.checks.slack?.()).toMatchObject({ ok: false });
    expect(await parley.bridges.checks.discord?.()).toEqual({ ok: true });
    slack.setTrouble(undefined);
    await pass(world, 10_000);
    expect(saidIn(posted(slack))).toEqual(["on"]);
    await act(world, slack, {
      user: mia,
      channel: "S1",
      thread: slackThread,
      action: { kind: "command", text: "detach" },
    });
    await act(world, discord, { user: max, channel: "D1", thread: discordThread, action: says("@teller say alone") });
    await pass(world, 5_000);
    expect(saidIn(posted(slack))).toEqual(["on"]);
    expect(saidIn(posted(discord))).toEqual(["on", "alone"]);
    const reply = await act(world, slack, { user: mia, channel: "S1", thread: slackThread, action: says("hello?") });
    expect(reply.text).toContain("not shown in this thread any more");
  });

  test("replaces a post that the platform never accepts with a line and shows the following posts", async () => {
    const { world, slack, slackThread, parley } = await open();
    slack.planFaults((call) => (call === "post" ? { kind: "refused", code: "refused" } : undefined));
    await act(world, slack, { user: mia, channel: "S1", thread: slackThread, action: says("@teller say bad") });
    await pass(world, 500);
    let refusals = 0;
    slack.planFaults((call) => (call === "post" && refusals++ < 2 ? { kind: "refused", code: "refused" } : undefined));
    await act(world, slack, { user: mia, channel: "S1", thread: slackThread, action: says("@teller say worse") });
    await pass(world, 5_000);
    slack.planFaults(() => undefined);
    await act(world, slack, { user: mia, channel: "S1", thread: slackThread, action: says("@teller say good") });
    await pass(world, 5_000);
    expect(saidIn(posted(slack))).toEqual(["good"]);
    expect(posted(slack).filter(({ text }) => text.startsWith("A message of teller could not be shown"))).toHaveLength(
      1,
    );
    expect((await parley.bridges.checks.slack?.())?.detail).toContain("1 posts were not taken");
  });

  test("stores no invite code in any stream", async () => {
    const { world, slack, discord } = await open();
    const said = await act(world, slack, { user: mia, channel: "S1", action: { kind: "command", text: "invite" } });
    const code = /`([0-9a-z-]{20,})`/.exec(said.text)?.[1] ?? "";
    await act(world, discord, { user: max, channel: "D2", action: { kind: "command", text: `attach ${code}` } });
    expect(code.length).toBeGreaterThan(20);
    const secret = code.replaceAll("-", "").slice(10);
    for (const { stream } of await world.log.streams(""))
      for (const entry of await world.log.read(stream)) {
        const text = JSON.stringify(entry).replaceAll("-", "");
        expect(text).not.toContain(secret);
      }
  });
});
