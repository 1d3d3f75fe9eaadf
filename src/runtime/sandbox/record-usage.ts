import { amountOf } from "../../core/room/budget.js";
import type { InstallationLimits } from "../../core/values/installation-spending.js";
import type { CallUsage } from "../../ports/call-reservation.js";
import type { Clock } from "../../ports/clock.js";
import type { Logger } from "../../ports/logger.js";
import type { RoomService } from "../rooms/service.js";
import type { SpendingLedger } from "../rooms/spending-ledger.js";
import { createSpendingWarnings } from "../rooms/spending-warnings.js";

interface UsageToRecord {
  usage: CallUsage;
  /** Called once the usage is durable everywhere it counts, or will never be stored there because the room refused it. */
  onStored: () => Promise<void>;
}

/** The agent whose call it was, and who pays for its room. */
interface Spender {
  roomId: string;
  name: string;
  payer: string;
}

/** The record itself has just been read back. */
const ledgerAgeMs = 500;
const firstRetryMs = 1_000;
const maxRetryMs = 30_000;
const notStored = "what a model call cost could not be stored; it is tried again";

/**
 * Stores what calls used, in the room and in the installation's ledger. Resolves as soon as the room counts it, or after the first attempt that failed;
 * each of the two is tried again, with pauses from 1 s to 30 s, for as long as this process lives. Never rejects.
 */
export function createUsageRecorder(options: {
  rooms: RoomService;
  ledger: SpendingLedger;
  limits: InstallationLimits;
  clock: Clock;
  logger: Logger;
}): (spender: Spender, record: UsageToRecord) => Promise<void> {
  const { rooms, ledger, clock, logger } = options;
  const warnings = createSpendingWarnings(options);

  /** Its room hears at once that little is left of a limit; where that fails it does before its next turn. */
  async function recordInLedger(entry: Parameters<SpendingLedger["record"]>[0]): Promise<void> {
    await ledger.record(entry);
    ledger
      .state({ maxAgeMs: ledgerAgeMs })
      .then((state) => warnings.tell(entry.roomId, state))
      .catch((error: unknown) => logger.warn({ roomId: entry.roomId, error }, "a room could not be warned of a limit"));
  }

  /** Resolves once `store` has succeeded. */
  async function persist({ roomId, name }: Spender, store: () => Promise<unknown>): Promise<void> {
    for (let retryMs = firstRetryMs; ; retryMs = Math.min(2 * retryMs, maxRetryMs)) {
      try {
        await store();
        return;
      } catch (error) {
        logger.error({ roomId, agent: name, error }, notStored);
        await new Promise<void>((resolve) => clock.after(retryMs, resolve));
      }
    }
  }

  /** `onCounted`: the room counts it, durable or not, or the first attempt failed. */
  async function inRoom(spender: Spender, { model, ...usage }: CallUsage, onCounted: () => void): Promise<void> {
    const { roomId, name } = spender;
    await persist(spender, async () => {
      try {
        const { decision, durable } = await rooms.submit(roomId, { type: "turn.usage", agent: name, model, usage });
        if (decision.kind === "rejected")
          logger.error({ roomId, agent: name, model, ...usage }, "the room refused what a model call cost");
        onCounted();
        await durable;
      } finally {
        onCounted();
      }
    });
  }

  return async (spender, { usage, onStored }) => {
    const { roomId, name: agent, payer } = spender;
    const { usd, tokens } = amountOf(usage);
    const entry = { roomId, agent, payer, model: usage.model, usd, tokens };
    await new Promise<void>((counted) => {
      const stored = [inRoom(spender, usage, counted), persist(spender, () => recordInLedger(entry))];
      void Promise.all(stored).then(onStored);
    });
  };
}
