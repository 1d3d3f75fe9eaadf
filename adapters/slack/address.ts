import { z } from "zod";

/**
 * Ids as Slack and Parley write them. A thread is its root's time stamp; a message is `<channel>:<ts>`, so that it has
 * one id whether it comes as an event or from the history.
 */
export const messageId = (channel: string, ts: string): string => `${channel}:${ts}`;

const pressPrefix = "press:";

export const pressActionId = (buttonId: string): string => `${pressPrefix}${buttonId}`;
/** Slack tells the app about pressed links too; they are acknowledged and mean nothing. */
export const linkActionId = (index: number): string => `link:${index}`;

/** The button behind an action id; undefined for links and for ids that are not Parley's. */
export function buttonOfAction(actionId: string): string | undefined {
  return actionId.startsWith(pressPrefix) ? actionId.slice(pressPrefix.length) : undefined;
}

export const msOfTs = (ts: string): number => Math.floor(Number(ts) * 1_000);

/** A time stamp for `oldest`; before the beginning of time it is the beginning. */
export const tsOfMs = (ms: number): string => (Math.max(0, ms) / 1_000).toFixed(6);

export const isDirect = (channel: string): boolean => channel.startsWith("D");

/** State that a form carries with it, because Slack does not say where it was opened. */
const formOrigin = z.object({ form: z.string(), channel: z.string(), thread: z.string().optional() });
export type FormOrigin = z.infer<typeof formOrigin>;

export const writeFormOrigin = (origin: FormOrigin): string => JSON.stringify(origin);

export function readFormOrigin(text: string): FormOrigin | undefined {
  try {
    return formOrigin.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
