import type { ChatDriver, Place, Seen, SeenForm } from "./chat-driver.js";

/** Creates a room from a channel; resolves when its thread exists. */
export async function openRoom(
  driver: ChatDriver,
  {
    name,
    agents,
    channel = driver.channels[0],
    message,
  }: { name: string; agents?: string; channel?: string; message?: string },
): Promise<Place> {
  const known = await driver.threads(channel);
  const text = `new ${name}${agents ? ` with ${agents}` : ""}${message ? `: ${message}` : ""}`;
  await driver.act({ user: driver.people.owner, channel, command: text });
  return driver.until(`the thread of ${name}`, async () => {
    const thread = (await driver.threads(channel)).find((one) => !known.includes(one));
    return thread !== undefined && { channel, thread };
  });
}

/** Tokens of the form `said <token>` in agents' posts, in thread order. */
export function saidIn(seen: readonly Seen[]): string[] {
  return seen
    .filter(({ isPerson, buttons }) => !isPerson && buttons.length === 0)
    .flatMap(({ text }) => /said (\S+)\s*$/.exec(text)?.[1] ?? []);
}

export async function waitForText(driver: ChatDriver, place: Place, text: string, timeoutMs?: number): Promise<Seen> {
  return driver.until(
    `“${text}” in the thread`,
    async () => (await driver.seen(place)).find((one) => one.text.includes(text)),
    timeoutMs,
  );
}

/** Texts in a thread that contain this. */
export async function textsWith(driver: ChatDriver, place: Place, text: string): Promise<string[]> {
  return (await driver.seen(place)).map((one) => one.text).filter((one) => one.includes(text));
}

/** Opens a form by a button, and presses it again where Parley was too slow: a platform opens a form within 3 s only. */
export async function openForm(
  driver: ChatDriver,
  place: Place,
  pressed: { user: string; press: string; on: string },
): Promise<SeenForm> {
  return driver.until(`the form of “${pressed.press}”`, async () => {
    const { form, text = "" } = await driver.act({ ...place, ...pressed });
    if (form || text.includes("too slow to open the form")) return form;
    throw new Error(`no form was opened, but said: ${text}`);
  });
}
