import { until } from "../../support/until.js";
import type { HoldingProxy, WatchedCall } from "../holding-proxy.js";

/** A chat platform in this process, outside of everything that is killed, and one thread of it. */
export interface ChatPlace {
  readonly platform: "slack" | "discord";
  /** Settings of one process of the fleet: its own way to the platform, so that it is known who sent what. */
  env(process: string): Promise<Record<string, string>>;
  /** By process. */
  readonly ways: ReadonlyMap<string, HoldingProxy>;
  /** Every post that a process sent. */
  readonly sent: readonly SentPost[];
  /** Shows the room of this invite code in a thread; resolves when the thread is there. */
  attach(code: string): Promise<void>;
  /** A person writes in the thread. */
  say(text: string): void;
  /** A person presses on a card: approves, or edits to this text. Resolves with whether the platform says that Parley took it. */
  decide(card: ShownPost, edited: string | undefined): Promise<boolean>;
  /** The thread's current messages, oldest first. */
  shown(): ShownPost[];
  /** Broken rules of the platform, except late answers of a frozen process. */
  violations(): string[];
  stop(): Promise<void>;
}

export interface SentPost {
  readonly process: string;
  /** Its text, without the line about its recipients; empty for posts that are no participant's. */
  readonly said: string;
  /** Parley's key for it, if the platform gets it. */
  readonly key?: string;
  readonly call: WatchedCall;
}

export interface ShownPost {
  readonly id: string;
  readonly from: string;
  readonly isPerson: boolean;
  readonly text: string;
  /** Parley's key for it, where the platform keeps it. */
  readonly key?: string;
  readonly buttons: readonly { readonly text: string; readonly id: string }[];
}

/** Names of the people who act on the platform: one writes, the other decides. */
export const chatPeople = { writer: "tom", decider: "ana" } as const;

/** The name of Parley's own posts. */
export const ownName = "Parley";

/** The text of a post: recipients are on a line before it. */
export const saidIn = (text: string): string => text.slice(text.lastIndexOf("\n") + 1);

/** The event that a key of Parley belongs to, `version/index`; the key itself if it has another form. */
export function placeIn(key: string): string {
  const [, version = "", index = ""] = key.split("/");
  return /^\d+$/.test(version) ? `${version}/${index}` : key;
}

const askEveryMs = 8_000;

/** A person whose request has no effect repeats it. Fails with the last answer. */
export async function askUntil(ask: () => Promise<unknown>, look: () => string | undefined): Promise<string> {
  let answer: unknown;
  for (let tries = 0; tries < 6; tries += 1) {
    answer = await ask();
    await until("something comes of it", () => look() !== undefined, askEveryMs).catch(() => {});
    const found = look();
    if (found !== undefined) return found;
  }
  throw new Error(`nothing came of what was asked; last answer: ${JSON.stringify(answer)}`);
}
