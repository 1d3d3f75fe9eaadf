import type { Chat, ChatSupports, ChatTarget } from "../../src/ports/chat.js";
import { ChatError, type ChatErrorCode } from "../../src/ports/chat-error.js";
import type { ChatDoor, Inbound, Reply } from "../../src/ports/chat-inbound.js";
import type { ChatPost, SentPost } from "../../src/ports/chat-post.js";
import type { Clock } from "../../src/ports/clock.js";
import type { ChatCall, ChatFault, InThread, MemoryPlatform, ShownPost } from "./chat-platform.js";
import { brokenRules } from "./chat-rules.js";

const defaults: ChatSupports = {
  identities: true,
  commandsInThreads: true,
  maxPostChars: 4_000,
  maxParts: 5,
  maxCardChars: 3_000,
  maxFormChars: 3_000,
  postBurst: 5,
  postIntervalMs: 1_000,
  editsPerMinute: 40,
};

interface Connection {
  door: ChatDoor | undefined;
}

export function createMemoryPlatform(options: {
  platform: string;
  clock: Clock;
  supports?: Partial<ChatSupports>;
  /** Every adapter it gave out is another living process; otherwise only the latest one lives. */
  severalProcesses?: boolean;
}): MemoryPlatform {
  const { platform, clock } = options;
  const supports: ChatSupports = { ...defaults, ...options.supports };
  const posts: ShownPost[] = [];
  const threads = new Map<string, InThread[]>();
  const written: Inbound[] = [];
  const delivered: Inbound[] = [];
  const violations: string[] = [];
  const files = new Map<string, Uint8Array>();
  const limitedUntil = new Map<string, number>();
  const trouble = new Map<string, ChatErrorCode>();
  let planned: Parameters<MemoryPlatform["planFaults"]>[0] = () => undefined;
  let connection: Connection = { door: undefined };
  const isCutOff = (by: Connection) => by !== connection && options.severalProcesses !== true;
  let isDeaf = false;
  let lastId = 0;

  const nextId = () => String(++lastId).padStart(12, "0");
  const threadKey = (channel: string, thread: string) => `${channel}/${thread}`;

  async function call<Result>(
    kind: ChatCall,
    { by, target, act }: { by: Connection; target: ChatTarget | undefined; act: () => Result },
  ): Promise<Result> {
    // A process that is gone makes no calls.
    if (isCutOff(by)) return new Promise(() => {});
    const place = placeOf(target);
    const code = trouble.get(place) ?? trouble.get("*");
    if (code) throw new ChatError(`${platform} does not let Parley do this (${code}).`, { code });
    checkLimit(kind, place);
    const fault = planned(kind, target);
    if (fault?.kind === "limited") throw limit(kind, place, fault);
    if (fault?.kind === "refused") throw new ChatError("The platform refused.", { code: fault.code });
    if (fault?.kind === "lost") return lose(fault, act);
    if (fault?.kind === "slow") await new Promise<void>((resolve) => clock.after(fault.afterMs, resolve));
    const result = act();
    return isCutOff(by) ? new Promise(() => {}) : result;
  }

  function checkLimit(kind: ChatCall, place: string): void {
    for (const key of [`${kind}/*`, `${kind}/${place}`]) {
      const leftMs = (limitedUntil.get(key) ?? 0) - clock.nowMs();
      if (leftMs > 0) violations.push(`${kind} in ${place} ${leftMs} ms before it was allowed`);
    }
  }

  function limit(
    kind: ChatCall,
    place: string,
    { retryAfterMs, scope }: Extract<ChatFault, { kind: "limited" }>,
  ): ChatError {
    limitedUntil.set(`${kind}/${scope === "platform" ? "*" : place}`, clock.nowMs() + retryAfterMs);
    return new ChatError("Too many calls.", { code: "rate_limited", retryAfterMs, ...(scope && { scope }) });
  }

  async function lose(fault: Extract<ChatFault, { kind: "lost" }>, act: () => unknown): Promise<never> {
    if (fault.hasEffect) act();
    if (fault.afterMs) await new Promise<void>((resolve) => clock.after(fault.afterMs ?? 0, resolve));
    throw new ChatError("The platform did not answer; whether it did this is not known.", { code: "outcome_unknown" });
  }

  function show(target: ChatTarget, post: ChatPost, key: string): string[] {
    check(target, post);
    const ids = [nextId()];
    const shown: ShownPost = {
      ids,
      target,
      key,
      post: structuredClone(post),
      atMs: clock.nowMs(),
      edits: 0,
      isRemoved: false,
    };
    posts.push(shown);
    if (target.kind === "channel") threads.set(threadKey(target.channel, ids[0] ?? ""), []);
    if (target.kind === "thread") threads.get(threadKey(target.channel, target.thread))?.push({ kind: "post", shown });
    return [...ids];
  }

  function check(target: ChatTarget, post: ChatPost): void {
    if ((target.kind === "channel") !== (post.kind === "root"))
      throw new Error("a root makes a thread, nothing else does");
    if (target.kind === "thread" && !threads.has(threadKey(target.channel, target.thread)))
      throw new ChatError("There is no such thread.", { code: "thread_gone" });
    violations.push(...brokenRules(post, supports));
  }

  function change(ids: readonly string[], post: ChatPost | "removed"): void {
    const shown = posts.find((candidate) => candidate.ids[0] === ids[0]);
    if (!shown || shown.isRemoved)
      throw new ChatError("The post to change is not there any more.", { code: "post_gone" });
    shown.edits += 1;
    if (post === "removed") {
      shown.isRemoved = true;
      return;
    }
    if (post.kind !== "root") check(shown.target, post);
    shown.post = structuredClone(post);
  }

  function find(target: ChatTarget, { key, firstSentAtMs }: SentPost): string[] | undefined {
    const isIt = (shown: ShownPost) =>
      shown.key === key && shown.atMs >= firstSentAtMs - 60_000 && placeOf(shown.target) === placeOf(target);
    const found = posts.find(isIt);
    return found && [...found.ids];
  }

  function chat(): Chat {
    const by: Connection = { door: undefined };
    connection = by;
    return {
      platform,
      supports,
      async start(door) {
        by.door = door;
        if (!isDeaf) door.connected();
        const stop = async () => {
          by.door = undefined;
        };
        return { mounts: [], stop };
      },
      post: (target, post, key) => call("post", { by, target, act: () => show(target, post, key) }),
      edit: (target, ids, post) => call("edit", { by, target, act: () => change(ids, post) }),
      find: (target, sent) => call("find", { by, target, act: () => find(target, sent) }),
      history: (target, sinceMs) =>
        call("history", {
          by,
          target,
          act: () =>
            structuredClone(
              written.filter(
                (one) => one.channel === target.channel && one.thread === target.thread && one.atMs >= sinceMs,
              ),
            ),
        }),
      download: (file) =>
        call("download", {
          by,
          target: undefined,
          act: () => {
            const bytes = files.get(file.url);
            if (!bytes) throw new ChatError("The file is not there.", { code: "refused" });
            return bytes.slice();
          },
        }),
      check: async () =>
        isDeaf ? { ok: false, detail: `${platform} is not connected. It is tried again.` } : { ok: true },
    };
  }

  /** Not acknowledged: delivered again, as platforms do. */
  async function deliver(inbound: Inbound): Promise<Reply | undefined> {
    for (let tries = 0; tries < 3; tries++) {
      const by = connection;
      if (isDeaf || !by.door) return undefined;
      try {
        const reply = await by.door.deliver(structuredClone(inbound));
        return by === connection ? reply : undefined;
      } catch {
        await new Promise<void>((resolve) => clock.after(100, resolve));
      }
    }
    return undefined;
  }

  return {
    chat,
    posts,
    files,
    violations,
    thread: (channel, thread) => [...(threads.get(threadKey(channel, thread)) ?? [])],
    planFaults(plan) {
      planned = plan;
    },
    async act({ user, channel, thread, action, id }) {
      const inbound: Inbound = {
        platform,
        id: id ?? `i${nextId()}`,
        atMs: clock.nowMs(),
        user,
        channel,
        ...(thread !== undefined && { thread }),
        action: structuredClone(action),
      };
      if (action.kind === "message") {
        written.push(inbound);
        threads.get(threadKey(channel, thread ?? ""))?.push({ kind: "person", inbound });
      }
      if (!isDeaf) delivered.push(inbound);
      return deliver(inbound);
    },
    async redeliver(order) {
      const again = [...delivered];
      for (const at of order(again.length)) {
        const inbound = again[at];
        if (inbound) await deliver(inbound);
      }
    },
    async changeChannel(change) {
      if (change.kind === "moved") {
        for (const [key, posted] of [...threads]) {
          if (!key.startsWith(`${change.channel}/`)) continue;
          threads.set(`${change.to}${key.slice(change.channel.length)}`, posted);
          threads.delete(key);
        }
      }
      await connection.door?.channelChanged?.(change);
    },
    setDeaf(deaf) {
      const comesBack = isDeaf && !deaf;
      if (deaf && !isDeaf) connection.door?.disconnected?.();
      isDeaf = deaf;
      if (comesBack) connection.door?.connected();
    },
    setTrouble(code, channel = "*") {
      if (code) trouble.set(channel, code);
      else trouble.delete(channel);
      if (!code) connection.door?.connected();
    },
  };
}

function placeOf(target: ChatTarget | undefined): string {
  if (!target) return "";
  if (target.kind === "person") return `@${target.userId}`;
  return target.channel;
}
