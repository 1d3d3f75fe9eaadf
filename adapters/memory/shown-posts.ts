import type { ChatSupports, ChatTarget } from "../../src/ports/chat.js";
import { ChatError } from "../../src/ports/chat-error.js";
import type { Inbound } from "../../src/ports/chat-inbound.js";
import type { ChatPost, SentPost } from "../../src/ports/chat-post.js";
import type { Clock } from "../../src/ports/clock.js";
import type { InThread, ShownPost } from "./chat-platform.js";
import { brokenRules } from "./chat-rules.js";

/** What people see on a platform in memory: posts, and threads of them. */
export interface ShownPosts {
  readonly posts: readonly ShownPost[];
  thread(channel: string, thread: string): InThread[];
  /** Adds what a person wrote. */
  addWritten(inbound: Inbound): void;
  /** Ids of the new post's parts. Throws a `ChatError` where its thread is gone. */
  show(target: ChatTarget, post: ChatPost, key: string): string[];
  /** Throws a `ChatError` where the post is gone. */
  change(ids: readonly string[], post: ChatPost | "removed"): void;
  find(target: ChatTarget, sent: SentPost): string[] | undefined;
  /** Gives a channel's threads the id that the channel has now. */
  moveChannel(from: string, to: string): void;
}

/** No posts yet. A post that breaks the platform's rules is shown all the same and added to `violations`. */
export function createShownPosts(options: {
  clock: Clock;
  supports: ChatSupports;
  violations: string[];
  nextId: () => string;
}): ShownPosts {
  const { clock, supports, violations, nextId } = options;
  const posts: ShownPost[] = [];
  const threads = new Map<string, InThread[]>();
  const threadKey = (channel: string, thread: string) => `${channel}/${thread}`;

  function moveChannel(from: string, to: string): void {
    for (const [key, posted] of [...threads]) {
      if (!key.startsWith(`${from}/`)) continue;
      threads.set(`${to}${key.slice(from.length)}`, posted);
      threads.delete(key);
    }
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

  function find(target: ChatTarget, { key, firstSentAtMs, recordedIds }: SentPost): string[] | undefined {
    const isIt = (shown: ShownPost) =>
      shown.key === key &&
      !shown.isRemoved &&
      !shown.ids.some((id) => recordedIds.has(id)) &&
      shown.atMs >= firstSentAtMs - 60_000 &&
      chatPlaceOf(shown.target) === chatPlaceOf(target);
    const found = posts.find(isIt);
    return found && [...found.ids];
  }

  return {
    posts,
    thread: (channel, thread) => [...(threads.get(threadKey(channel, thread)) ?? [])],
    addWritten(inbound) {
      threads.get(threadKey(inbound.channel, inbound.thread ?? ""))?.push({ kind: "person", inbound });
    },
    show,
    change,
    moveChannel,
    find,
  };
}

/** Where a call goes: a channel, a person as `@…`, or nowhere (empty). */
export function chatPlaceOf(target: ChatTarget | undefined): string {
  if (!target) return "";
  if (target.kind === "person") return `@${target.userId}`;
  return target.channel;
}
