import { z } from "zod";
import type { Clock } from "../../src/ports/clock.js";
import type { SlackClients } from "./client.js";
import type { UserNames } from "./read-text.js";

/** A name is looked up again after this, in case the event about its change did not come. */
const freshMs = 60 * 60_000;
/** Longest wait of an action for a name. */
const timeoutMs = 700;
const maxKept = 5_000;
/** Maximum names looked up for one message. */
const maxAtOnce = 20;

const text = z.string().optional().catch(undefined);
const userInfo = z.object({
  name: text,
  real_name: text,
  profile: z.object({ display_name: text, real_name: text }).optional().catch(undefined),
});
/**
 * https://docs.slack.dev/reference/events/user_change, and `user_profile_changed`, which says the same at the same time. Both come for every member of the
 * workspace, and take the scope `users:read`.
 */
const userChange = z.object({
  type: z.literal("event_callback"),
  event: z.object({ type: z.enum(["user_change", "user_profile_changed"]), user: userInfo.extend({ id: z.string() }) }),
});

export interface People {
  /** Names of these users that Slack returns in time; the others keep the name in the payload. */
  namesOf(userIds: readonly string[]): Promise<UserNames>;
  /** Takes the new name of a known user from an event about a change of a user. False: the payload is no such event. */
  noteChange(payload: unknown): boolean;
}

/** Display names by user id, remembered for an hour or until Slack tells of a change. */
export function createPeople({ clients, clock }: { clients: SlackClients; clock: Clock }): People {
  const kept = new Map<string, { name: string; atMs: number }>();
  const asked = new Map<string, Promise<void>>();

  function keep(userId: string, user: unknown): void {
    const name = displayName(userInfo.safeParse(user).data);
    if (name === undefined) return;
    kept.delete(userId);
    kept.set(userId, { name, atMs: clock.monotonicMs() });
    const oldest = kept.size > maxKept ? kept.keys().next().value : undefined;
    if (oldest !== undefined) kept.delete(oldest);
  }

  async function ask(userId: string): Promise<void> {
    try {
      const { user } = await clients.read.users.info({ user: userId });
      keep(userId, user);
    } catch {
      // The id is used until Slack returns the name: the action must not wait for that.
    } finally {
      asked.delete(userId);
    }
  }

  const isFresh = (userId: string): boolean => {
    const known = kept.get(userId);
    return known !== undefined && clock.monotonicMs() - known.atMs < freshMs;
  };

  return {
    async namesOf(userIds) {
      const wanted = [...new Set(userIds)].slice(0, maxAtOnce).filter((userId) => !isFresh(userId));
      for (const userId of wanted) if (!asked.has(userId)) asked.set(userId, ask(userId));
      const answers = wanted.flatMap((userId) => asked.get(userId) ?? []);
      if (answers.length > 0) await inTime(clock, Promise.all(answers));
      return (userId) => kept.get(userId)?.name;
    },
    noteChange(payload) {
      const change = userChange.safeParse(payload).data;
      if (change === undefined) return false;
      const { user } = change.event;
      const underWay = asked.get(user.id);
      // An answer that is under way may still have the old name.
      if (underWay) void underWay.then(() => keep(user.id, user));
      else if (kept.has(user.id)) keep(user.id, user);
      return true;
    },
  };
}

function displayName(user: z.infer<typeof userInfo> | undefined): string | undefined {
  const names = [user?.profile?.display_name, user?.profile?.real_name, user?.real_name, user?.name];
  return names.find((name) => name !== undefined && name.trim() !== "");
}

function inTime(clock: Clock, answers: Promise<unknown>): Promise<void> {
  return new Promise((resolve) => {
    const cancel = clock.after(timeoutMs, resolve);
    void answers.then(() => {
      cancel();
      resolve();
    });
  });
}
