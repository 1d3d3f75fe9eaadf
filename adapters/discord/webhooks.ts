import { Routes } from "discord.js";
import { z } from "zod";
import { calling, type DiscordClient } from "./client.js";
import type { Session } from "./session.js";

const webhook = z.object({
  id: z.string(),
  token: z.string().optional(),
  application_id: z.string().nullish(),
});

export interface Webhook {
  id: string;
  token: string;
}

const webhookName = "Parley";

/** The one webhook a channel has from Parley: agents speak through it. */
export interface Webhooks {
  of(channel: string): Promise<Webhook>;
  /** It is gone, or its token is not good any more. */
  forget(channel: string): void;
}

export function createWebhooks(client: DiscordClient, session: Session): Webhooks {
  const known = new Map<string, Promise<Webhook>>();

  async function open(channel: string): Promise<Webhook> {
    const { applicationId } = await session.identify();
    const listed = await calling<unknown>("read", "Looking for Parley's webhook", () =>
      client.rest().get(Routes.channelWebhooks(channel)),
    );
    const own = z
      .array(webhook)
      .parse(listed)
      .find((one) => one.application_id === applicationId && one.token !== undefined);
    if (own?.token !== undefined) return { id: own.id, token: own.token };
    // Users do not see webhooks: creating two does no harm, and the first is used from then on.
    const made = await calling<unknown>("read", "Making a webhook", () =>
      client.rest().post(Routes.channelWebhooks(channel), { body: { name: webhookName } }),
    );
    const { id, token = "" } = webhook.parse(made);
    return { id, token };
  }

  return {
    of(channel) {
      const found = known.get(channel);
      if (found !== undefined) return found;
      const opening = open(channel);
      known.set(channel, opening);
      opening.catch(() => known.delete(channel));
      return opening;
    },
    forget: (channel) => void known.delete(channel),
  };
}
