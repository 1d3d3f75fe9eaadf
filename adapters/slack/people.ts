import { z } from "zod";
import type { Clock } from "../../src/ports/clock.js";
import type { SlackClients } from "./client.js";
import type { UserNames } from "./read-text.js";

/** A name is looked up again after this. */
const freshMs = 60 * 60_000;
/** Longest wait of an action for a name. */
const timeoutMs = 700;
const maxKept = 5_000;
/** Maximum names looked up for one message. */
const maxAtOnce = 20;

const userInfo = z.object({
  name: z.string().optional(),
  real_name: z.string().optional(),
  profile: z.object({ display_name: z.string().optional(), real_name: z.string().optional() }).optional(),
});

export interface People {
  /** Names of these users that Slack returns in time; the others keep the name in the payload. */
  namesOf(userIds: readonly string[]): Promise<UserNames>;
}

/** Display names by user id, remembered for an hour. */
export function createPeople({ clients, clock }: { clients: SlackClients; clock: Clock }): People {
  const kept = new Map<string, { name: string; atMs: number }>();
  const asked = new Map<string, Promise<void>>();

  async function ask(userId: string): Promise<void> {
    try {
      const { user } = await clients.read.users.info({ user: userId });
      const name = displayName(userInfo.safeParse(user).data);
      if (name === undefined) return;
      kept.delete(userId);
      kept.set(userId, { name, atMs: clock.monotonicMs() });
      const oldest = kept.size > maxKept ? kept.keys().next().value : undefined;
      if (oldest !== undefined) kept.delete(oldest);
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
