import type { Chat, ChatSupports, ChatTarget } from "../../src/ports/chat.js";
import { ChatError } from "../../src/ports/chat-error.js";
import type { ChatDoor, Inbound, Reply } from "../../src/ports/chat-inbound.js";
import type { Clock } from "../../src/ports/clock.js";
import type { ChatCall, MemoryPlatform } from "./chat-platform.js";
import { createChatTrouble } from "./chat-trouble.js";
import { createShownPosts } from "./shown-posts.js";

const defaults: ChatSupports = {
  identities: true,
  commandsInThreads: true,
  maxPostChars: 4_000,
  maxParts: 5,
  maxFileBytes: 10 * 1_024 * 1_024,
  maxCardChars: 3_000,
  maxFormChars: 3_000,
  maxFormFields: 4,
  maxFormQuestions: 20,
  maxFormOptions: 25,
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
  const written: Inbound[] = [];
  const delivered: Inbound[] = [];
  const violations: string[] = [];
  const files = new Map<string, Uint8Array>();
  const nextId = createCounter();
  const shown = createShownPosts({ clock, supports, violations, nextId });
  const trouble = createChatTrouble({ platform, clock, violations });
  let connection: Connection = { door: undefined };
  const isCutOff = (by: Connection) => by !== connection && options.severalProcesses !== true;
  let isDeaf = false;

  async function call<Result>(
    kind: ChatCall,
    { by, target, act }: { by: Connection; target: ChatTarget | undefined; act: () => Result },
  ): Promise<Result> {
    // A process that is gone makes no calls, and hears of none.
    if (isCutOff(by)) return new Promise(() => {});
    const result = await trouble.run({ kind, target, act });
    return isCutOff(by) ? new Promise(() => {}) : result;
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
      post: (target, post, key) => call("post", { by, target, act: () => shown.show(target, post, key) }),
      edit: (target, ids, post) => call("edit", { by, target, act: () => shown.change(ids, post) }),
      find: (target, sent) => call("find", { by, target, act: () => shown.find(target, sent) }),
      history: (target, sinceMs) =>
        call("history", {
          by,
          target,
          act: () => structuredClone(written.filter((one) => isIn(target, one) && one.atMs >= sinceMs)),
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

  const deliver = (inbound: Inbound) => deliverTo(() => connection, { inbound, clock, isDeaf: () => isDeaf });
  return {
    chat,
    posts: shown.posts,
    files,
    violations,
    thread: shown.thread,
    planFaults: trouble.planFaults,
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
        shown.addWritten(inbound);
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
      if (change.kind === "moved") shown.moveChannel(change.channel, change.to);
      await connection.door?.channelChanged?.(change);
    },
    setDeaf(deaf) {
      const comesBack = isDeaf && !deaf;
      if (deaf && !isDeaf) connection.door?.disconnected?.();
      isDeaf = deaf;
      if (comesBack) connection.door?.connected();
    },
    setTrouble(code, channel = "*") {
      trouble.set(code, channel);
      if (!code) connection.door?.connected();
    },
  };
}

/** Delivers again while nothing is acknowledged, as platforms do, to the process that is connected then. */
async function deliverTo(
  connected: () => Connection,
  { inbound, clock, isDeaf }: { inbound: Inbound; clock: Clock; isDeaf: () => boolean },
): Promise<Reply | undefined> {
  for (let tries = 0; tries < 3; tries++) {
    const by = connected();
    if (isDeaf() || !by.door) return undefined;
    try {
      const reply = await by.door.deliver(structuredClone(inbound));
      return by === connected() ? reply : undefined;
    } catch {
      await new Promise<void>((resolve) => clock.after(100, resolve));
    }
  }
  return undefined;
}

/** Ids in ascending order: `000000000001`, … */
function createCounter(): () => string {
  let last = 0;
  return () => String(++last).padStart(12, "0");
}

function isIn(thread: { channel: string; thread?: string | undefined }, written: Inbound): boolean {
  return written.channel === thread.channel && written.thread === thread.thread;
}
