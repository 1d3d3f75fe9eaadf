import type {
  Chat,
  ChatDoor,
  ChatPost,
  ChatSupports,
  ChatTarget,
  Inbound,
  InboundAction,
  InboundFile,
  Reply,
  ThreadTarget,
} from "../../src/ports/chat.js";
import { ChatError } from "../../src/ports/chat-error.js";

/** How the next call to the platform goes wrong: the error it rejects with, and whether it did its work before. */
export interface ChatFault {
  when: "before" | "after";
  error: ChatError;
}

/** One post as people see it now. */
export interface ShownPost {
  readonly ids: readonly string[];
  readonly target: ChatTarget;
  readonly key: string;
  readonly atMs: number;
  post: ChatPost | "removed";
  /** How often it was shown anew in its place. */
  edits: number;
}

export type ChatCall = "post" | "edit" | "find" | "history" | "download";

export interface MemoryChat extends Chat {
  /** Everything posted, oldest first. The same key twice is a double post. */
  readonly posts: readonly ShownPost[];
  /** Asked before every call; gives what goes wrong with it, if anything. Takes the place of an earlier plan. */
  planFaults(plan: (call: ChatCall) => ChatFault | undefined): void;
  /** A person does something. Gives what Parley answered, or undefined while it is deaf: then it is only in the history. */
  act(inbound: {
    user: Inbound["user"];
    channel: string;
    thread?: string;
    action: InboundAction;
  }): Promise<Reply | undefined>;
  /** The connection goes down, or comes back. */
  setDeaf(isDeaf: boolean): void;
  /** Puts a file where `download` finds it. */
  addFile(url: string, bytes: Uint8Array): void;
}

const defaults: ChatSupports = {
  identities: true,
  commandsInThreads: true,
  maxPostChars: 4_000,
  maxParts: 5,
  maxCardChars: 2_500,
  maxFormChars: 3_000,
  postBurst: 5,
  postIntervalMs: 0,
  editsPerMinute: 60,
};

/** Names a place, the same for equal targets. */
function placeOf(target: ChatTarget): string {
  if (target.kind === "person") return JSON.stringify([target.userId]);
  return JSON.stringify(target.kind === "thread" ? [target.channel, target.thread] : [target.channel, null]);
}

const sameTarget = (a: ChatTarget, b: ChatTarget): boolean => placeOf(a) === placeOf(b);

const refused = (message: string) => new ChatError(message, { code: "refused" });

/** How far clocks of the platform and of Parley may differ, as `find` promises. */
const clockDifferenceMs = 60_000;

/** A chat platform in memory: strict about what the port forbids, and wrong on command. */
export function createMemoryChat(options: {
  platform: string;
  nowMs: () => number;
  supports?: Partial<ChatSupports>;
}): MemoryChat {
  const { platform, nowMs } = options;
  const posts: ShownPost[] = [];
  const written: Inbound[] = [];
  const files = new Map<string, Uint8Array>();
  let planned: (call: ChatCall) => ChatFault | undefined = () => undefined;
  let door: ChatDoor | undefined;
  let isDeaf = false;
  let lastId = 0;

  const nextId = () => `m${++lastId}`;

  function withFault<Result>(call: ChatCall, act: () => Result): Result {
    const fault = planned(call);
    if (fault?.when === "before") throw fault.error;
    const result = act();
    if (fault !== undefined) throw fault.error;
    return result;
  }

  function show(target: ChatTarget, post: ChatPost, key: string): string[] {
    if (target.kind === "channel" && post.kind !== "root") throw refused("Only a root opens a thread.");
    if (key.length > 200) throw refused("A key has at most 200 characters.");
    const ids = [nextId()];
    posts.push({ ids, target, key, atMs: nowMs(), post: structuredClone(post), edits: 0 });
    return [...ids];
  }

  function replace(target: ChatTarget, ids: readonly string[], post: ChatPost | "removed"): void {
    const shown = posts.find((candidate) => candidate.ids[0] === ids[0] && sameTarget(candidate.target, target));
    if (shown === undefined) throw new ChatError("The post is not there any more.", { code: "post_gone" });
    shown.post = structuredClone(post);
    shown.edits += 1;
  }

  function read(url: string, maxBytes: number): Uint8Array {
    const bytes = files.get(url);
    if (bytes === undefined) throw refused("There is no such file. Send it again.");
    if (bytes.length > maxBytes) throw refused(`The file has more than ${maxBytes} bytes. Send a smaller one.`);
    return bytes.slice();
  }

  return {
    platform,
    supports: { ...defaults, ...options.supports },
    posts,
    async start(to) {
      door = to;
      if (!isDeaf) to.connected();
      const stop = async () => {
        door = undefined;
      };
      return { mounts: [], stop };
    },
    post: async (target, post, key) => withFault("post", () => show(target, post, key)),
    edit: async (target, ids, post) => withFault("edit", () => replace(target, ids, post)),
    find: async (target, { key, firstSentAtMs }) =>
      withFault("find", () => {
        const earliestMs = firstSentAtMs - clockDifferenceMs;
        const shown = posts.find(
          (post) => post.key === key && post.atMs >= earliestMs && sameTarget(post.target, target),
        );
        return shown && [...shown.ids];
      }),
    history: async ({ channel, thread }: ThreadTarget, sinceMs) =>
      withFault("history", () => {
        const isThere = (inbound: Inbound) => inbound.channel === channel && inbound.thread === thread;
        return structuredClone(written.filter((inbound) => isThere(inbound) && inbound.atMs >= sinceMs));
      }),
    download: async ({ url }: InboundFile, maxBytes) => withFault("download", () => read(url, maxBytes)),
    check: async () =>
      isDeaf ? { ok: false, detail: `${platform} is not connected. It is tried again.` } : { ok: true },
    planFaults(plan) {
      planned = plan;
    },
    async act(action) {
      const inbound: Inbound = { ...structuredClone(action), platform, id: nextId(), atMs: nowMs() };
      if (inbound.action.kind === "message") written.push(inbound);
      return isDeaf ? undefined : door?.deliver(structuredClone(inbound));
    },
    setDeaf(deaf) {
      const isBack = isDeaf && !deaf;
      isDeaf = deaf;
      if (isBack) door?.connected();
    },
    addFile: (url, bytes) => void files.set(url, bytes.slice()),
  };
}
