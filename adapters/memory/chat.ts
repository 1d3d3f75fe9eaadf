import type { Chat, ChatPost, ChatSupports, ChatTarget, Inbound, Reply } from "../../src/ports/chat.js";
import { PortError } from "../../src/ports/port-error.js";

/** How the next call to the platform goes wrong. */
export type ChatFault =
  /** Refused before anything happened, for instance by a rate limit. */
  | { kind: "before"; retryAfterMs?: number }
  /** Done, but the answer is lost: the caller can not know. */
  | { kind: "after" };

/** One post as people see it now. */
export interface ShownPost {
  ids: readonly string[];
  /** The thread it stands in; a root opens the thread that bears its id. */
  thread: string;
  target: ChatTarget;
  key: string;
  post: ChatPost;
  edits: number;
}

export interface MemoryChat extends Chat {
  /** Everything posted, oldest first. The same key twice is a double post. */
  readonly posts: readonly ShownPost[];
  /** Asked before every post and edit; takes the place of an earlier plan. */
  planFaults(plan: (call: "post" | "edit", target: ChatTarget) => ChatFault | undefined): void;
  /** A person acts. While `isDeaf`, it is only in the history. Gives what Parley answered. */
  act(inbound: Omit<Inbound, "id" | "platform">): Promise<Reply | undefined>;
  /** The connection is down: what people do arrives nowhere, but stays in the history. */
  setDeaf(isDeaf: boolean): void;
}

function refuse(fault: ChatFault): never {
  if (fault.kind === "after") {
    throw new PortError("The platform did not answer; whether it did this is not known.", {
      code: "timeout",
      retryable: true,
    });
  }
  throw new PortError("The platform refused this for now; nothing was done.", {
    code: "unavailable",
    retryable: true,
    ...(fault.retryAfterMs === undefined ? {} : { retryAfterMs: fault.retryAfterMs }),
  });
}

/** Text long enough to be split into several platform messages. */
const textOf = (post: ChatPost): string => ("text" in post ? post.text : "");

/** A platform in memory. Failures are `PortError`s: `timeout` when the outcome is not known, `unavailable` when nothing was done. */
export function createMemoryChat(options: {
  platform: string;
  nowMs: () => number;
  supports?: Partial<ChatSupports>;
}): MemoryChat {
  const { platform, nowMs } = options;
  const supports: ChatSupports = {
    identities: true,
    commandsInThreads: true,
    maxPostChars: 4_000,
    maxModalChars: 3_000,
    ...options.supports,
  };
  const posts: (ShownPost & { atMs: number })[] = [];
  const written: Inbound[] = [];
  let planned: Parameters<MemoryChat["planFaults"]>[0] = () => undefined;
  let deliver: ((inbound: Inbound) => Promise<Reply>) | undefined;
  let isDeaf = false;
  let lastId = 0;

  const nextId = () => String(++lastId).padStart(12, "0");
  const sameThread = (target: ChatTarget, other: { channel: string; thread?: string }) =>
    target.channel === other.channel && target.thread === other.thread;

  function withFault<Result>(call: "post" | "edit", target: ChatTarget, act: () => Result): Result {
    const fault = planned(call, target);
    if (fault?.kind === "before") refuse(fault);
    const result = act();
    if (fault !== undefined) refuse(fault);
    return result;
  }

  function show(target: ChatTarget, post: ChatPost, key: string): string[] {
    const count = Math.max(1, Math.ceil(textOf(post).length / supports.maxPostChars));
    const ids = Array.from({ length: count }, nextId);
    posts.push({ ids, thread: target.thread ?? ids[0] ?? "", target, key, post, edits: 0, atMs: nowMs() });
    return [...ids];
  }

  return {
    supports,
    posts,
    async start(to) {
      deliver = to;
      return { mounts: [] };
    },
    post: async (target, post, key) => withFault("post", target, () => show(target, structuredClone(post), key)),
    edit: async (ids, target, post) =>
      withFault("edit", target, () => {
        const shown = posts.find((candidate) => candidate.ids[0] === ids[0]);
        if (shown === undefined) {
          const message = "The post to change is not there any more. Post it anew.";
          throw new PortError(message, { code: "refused", retryable: false });
        }
        shown.post = structuredClone(post);
        shown.edits += 1;
      }),
    async find(target, key, sinceMs) {
      const shown = posts.find(
        (post) => post.key === key && post.atMs >= sinceMs && post.target.channel === target.channel,
      );
      return shown && [...shown.ids];
    },
    async history(target, after) {
      const isNew = ({ id }: Inbound) => after === undefined || id > after;
      return structuredClone(written.filter((inbound) => isNew(inbound) && sameThread(target, inbound)));
    },
    async stop() {
      deliver = undefined;
    },
    check: async () =>
      isDeaf ? { ok: false, detail: `${platform} is not connected. It is tried again.` } : { ok: true },
    planFaults(plan) {
      planned = plan;
    },
    async act(action) {
      const inbound: Inbound = { ...structuredClone(action), platform, id: nextId() };
      if (inbound.action.kind === "message") written.push(inbound);
      return isDeaf ? undefined : deliver?.(structuredClone(inbound));
    },
    setDeaf(deaf) {
      isDeaf = deaf;
    },
  };
}
