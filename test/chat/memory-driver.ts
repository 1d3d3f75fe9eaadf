import { createMemoryPlatform } from "../../adapters/memory/chat.js";
import type { ChatFault } from "../../adapters/memory/chat-platform.js";
import type { ChatDriver, CreateChatDriver, Fault, Seen } from "../contract/chat-driver.js";
import { seededRandom } from "../support/seeded-random.js";
import { createMemoryWorld, type MemoryParley, messagesOf, pass, quiet, startMemoryParley } from "./memory-parley.js";
import { answerOf, inboundOf, seenPost } from "./memory-people.js";

const people = { owner: "Mia", approver: "Ann", member: "Bob", stranger: "Eve" };
const userOf = (name: string) => ({ id: `U-${name.toLowerCase()}`, displayName: name });

/** Contract driver for the in-memory platform on a virtual clock: the same seed gives the same run. */
export const createMemoryChatDriver: CreateChatDriver = async ({ seed, supports }) => {
  const world = await createMemoryWorld();
  const { clock } = world;
  const platform = createMemoryPlatform({ platform: "memory", clock, ...(supports && { supports }) });
  const random = seededRandom(seed);
  let life = seed * 1_000;
  let parley: MemoryParley | undefined;
  let files = 0;

  async function start({ lookUp = true }: { lookUp?: boolean } = {}): Promise<void> {
    life += 1;
    parley = await settle(startMemoryParley(world, { chats: [platform.chat()], life, lookUp, lossyWakeups: random }));
    await quiet();
  }

  /** Awaits the result while advancing virtual time. */
  async function settle<T>(work: Promise<T>, timeoutMs = 30_000): Promise<T> {
    let done: { value: T } | { error: unknown } | undefined;
    work.then(
      (value) => (done = { value }),
      (error: unknown) => (done = { error }),
    );
    for (let waitedMs = 0; waitedMs < timeoutMs; waitedMs += 10) {
      await quiet();
      if (done) break;
      await pass(world, 10);
    }
    if (!done) throw new Error("no answer in time");
    if ("error" in done) throw done.error;
    return done.value;
  }

  const driver: ChatDriver = {
    platform: "memory",
    supports: platform.chat().supports,
    channels: ["C1", "C2"],
    people,
    async act(action) {
      const { user, channel, thread } = action;
      const place = { user: userOf(user), channel, ...(thread !== undefined && { thread }) };
      const id = `m${++files}`;
      const done = inboundOf(platform, action, { user: userOf(user).id, files });
      // A killed process never replies.
      const reply = await settle(
        Promise.race([platform.act({ ...place, action: done, id }), parley?.ended ?? Promise.resolve(undefined)]),
      );
      return answerOf(id, reply);
    },
    async threads(channel) {
      const roots = platform.posts.filter(({ target }) => target.kind === "channel" && target.channel === channel);
      return roots.flatMap(({ ids }) => ids[0] ?? []);
    },
    async seen({ channel, thread }) {
      const root = platform.posts.find(({ ids }) => ids[0] === thread);
      const below = platform.thread(channel, thread).flatMap((one): Seen[] => {
        if (one.kind === "post") return seenPost(one.shown);
        const { user, action } = one.inbound;
        const text = action.kind === "message" ? action.text : "";
        return [{ from: user.displayName, isPerson: true, text, buttons: [] }];
      });
      return [...(root ? seenPost(root) : []), ...below];
    },
    async logged({ thread }) {
      const root = platform.posts.find(({ ids }) => ids[0] === thread);
      return messagesOf(world.log, root?.post.kind === "root" ? root.post.card.roomId : "");
    },
    seenPrivately: async (user) =>
      platform.posts
        .filter(({ target }) => target.kind === "person" && target.userId === userOf(user).id)
        .flatMap(seenPost),
    async until(what, look, timeoutMs = 60_000) {
      for (let waitedMs = 0; waitedMs <= timeoutMs; waitedMs += 50) {
        const found = await look();
        if (found !== undefined && found !== false) return found;
        await pass(world, 50);
      }
      throw new Error(`not within ${timeoutMs} ms: ${what}`);
    },
    pass: (ms) => pass(world, ms),
    nowMs: () => clock.nowMs(),
    async setFaults(plan) {
      platform.planFaults((call, target) => {
        if (!plan || call === "download") return undefined;
        const channel = target && target.kind !== "person" ? target.channel : undefined;
        return faultOf(plan({ method: call, channel }));
      });
    },
    async redeliver(by) {
      const shuffle = seededRandom(by);
      await settle(
        platform.redeliver((count) =>
          Array.from({ length: count }, (_, at) => ({ at, rank: shuffle() }))
            .sort((a, b) => a.rank - b.rank)
            .map(({ at }) => at),
        ),
        600_000,
      );
    },
    async setDeaf(isDeaf) {
      platform.setDeaf(isDeaf);
      await quiet();
    },
    async setTrouble(trouble) {
      platform.setTrouble(trouble);
      await quiet();
    },
    async kill() {
      parley?.kill();
      // Its calls in flight never reach the platform.
      platform.chat();
      await quiet();
    },
    start,
    health: async () => (await parley?.bridges.checks.memory?.()) ?? { ok: false },
    violations: async () => {
      const keys = platform.posts.map(({ key, target }) => `${key} in ${JSON.stringify(target)}`);
      return [...platform.violations, ...(new Set(keys).size === keys.length ? [] : ["a key was posted twice"])];
    },
    pings: async () => [],
    stop: async () => {
      if (!parley) return;
      await settle(Promise.all([parley.bridges.stop(), parley.runtime.stop()]));
      parley.kill();
    },
  };
  await start();
  return driver;
};

function faultOf(fault: Fault | undefined): ChatFault | undefined {
  if (fault?.kind === "unavailable") return { kind: "refused", code: "unavailable" };
  return fault;
}
