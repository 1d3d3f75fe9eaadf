import { z } from "zod";
import { oneLine, unixMs } from "./fields.js";

const amount = z.object({ usd: z.number(), tokens: z.number() });

/** What one account has used today, this month (in UTC) and in all, and its limits in US dollars and tokens. */
export const spentView = z.object({
  today: amount,
  month: amount,
  total: amount,
  limits: z.object({
    usd: z.number().exactOptional(),
    usdPerDay: z.number().exactOptional(),
    usdPerMonth: z.number().exactOptional(),
    tokens: z.number().exactOptional(),
  }),
});
/** The spending of one account as a client reads it. */
export type SpentView = z.input<typeof spentView>;

/** Answer of `GET /api/rooms/:id/usage`. */
export const roomUsage = z.object({
  room: spentView,
  agents: z.array(spentView.extend({ name: z.string() })),
});
/** The spending of a room and of its agents, as a client reads it. */
export type RoomUsage = z.input<typeof roomUsage>;

/** Answer of `GET /api/usage`. `persons`: by payer, `local/<name>` or `<platform>/<user id>`, the one that used most this month first. */
export const installationUsage = z.object({
  installation: spentView,
  persons: z.array(spentView.extend({ payer: z.string() })),
});
/** The spending of the installation and of each payer, as a client reads it. */
export type InstallationUsage = z.input<typeof installationUsage>;

/** `POST /api/spending`: stops all spending or ends the stop. */
export const spendingBody = z.strictObject({ stopped: z.boolean(), reason: oneLine(200).optional() });

/** Whether all spending is stopped, and then since when, by whom and why. */
export const spendingState = z.object({
  stopped: z.boolean(),
  by: z.string().exactOptional(),
  reason: z.string().exactOptional(),
  at: unixMs.exactOptional(),
});
/** Whether spending is stopped, as a client reads it. */
export type SpendingStateView = z.input<typeof spendingState>;
