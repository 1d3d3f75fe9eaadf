import type { EventOf } from "../../../core/room/event.js";
import { answerText } from "../../../core/room/gate-choices.js";
import type { Room } from "../../../core/room/room.js";
import type { GateCard } from "../../../ports/chat-post.js";
import type { Clock } from "../../../ports/clock.js";
import type { RoomService } from "../../rooms/service.js";
import * as attempts from "./attempts.js";
import { gateCard } from "./gate-card.js";
import { assertHeld } from "./lease.js";
import { type LiveOutbound, threadOf } from "./live-outbound.js";
import type { ShownCard } from "./outbound-state.js";
import type { Step } from "./post-to-make.js";
import type { Poster } from "./poster.js";

/** Updates the cards of decided gates, one a step. */
export function createCardSettler(options: {
  rooms: RoomService;
  clock: Clock;
  poster: Poster;
  urlOf: (roomId: string) => string | undefined;
}): (outbound: LiveOutbound) => Promise<Step> {
  const { rooms, clock, poster, urlOf } = options;

  async function settleCard(outbound: LiveOutbound, card: ShownCard, resolved: Resolved): Promise<Step> {
    const { roomId } = outbound.registered;
    const { version, index, gateId, ids } = card;
    const opened = (await rooms.eventsAt(roomId, version))[index];
    const { supports } = outbound.chat;
    const shown =
      opened?.type === "gate.opened" &&
      gateCard({ roomId, opened, version, index, supports, url: urlOf(roomId), resolved });
    if (shown) {
      const target = targetOf(outbound, card);
      assertHeld(outbound);
      try {
        await outbound.chat.edit(target, ids, { kind: "gate", gate: shown });
      } catch (error) {
        const step = await poster.editFailed(outbound, target, error);
        if (step !== "progress") return step;
      }
    }
    await outbound.outbox.append(() => [{ type: "card.settled", gateId, ids }]);
    return "progress";
  }

  return async (outbound) => {
    const { cards } = outbound.outbox.state;
    if (cards.length === 0) return Number.POSITIVE_INFINITY;
    const { roomId } = outbound.registered;
    const look = (room: Room) => {
      const card = decidedCard(room, cards);
      return card && { card, resolved: outcomeOf(room, card.gateId, clock.nowMs()) };
    };
    // A card is settled once: by a decision that is durable, so that its text is in the log and nobody decides otherwise.
    const decided = (await rooms.peek(roomId, look)) && (await rooms.read(roomId, look));
    if (!decided) return Number.POSITIVE_INFINITY;
    const notYetMs = attempts.waitMsOf(outbound.attempts, clock.monotonicMs());
    if (notYetMs > 0) return notYetMs;
    const { card, resolved } = decided;
    const waitMs = await outbound.pacing.edit(targetOf(outbound, card), "decision");
    return waitMs > 0 ? waitMs : settleCard(outbound, card, await withText(rooms, { roomId, card, resolved }));
  };
}

/** The thread's channel may have another id than when the card was posted. */
const targetOf = (outbound: LiveOutbound, { target }: ShownCard): ShownCard["target"] =>
  target.kind === "thread" ? (threadOf(outbound) ?? target) : target;

/** Finds a card whose gate is decided. A room in memory that has not reached the gate yet does not count. */
export function decidedCard(room: Pick<Room, "version" | "gates">, cards: readonly ShownCard[]): ShownCard | undefined {
  return cards.find(({ gateId, version }) => version <= room.version && !room.gates.has(gateId));
}

type Resolved = NonNullable<GateCard["resolved"]>;
type Outcome = Omit<Resolved, "text"> & { version?: number };

function outcomeOf(room: Room, gateId: string, nowMs: number): Outcome {
  return room.resolvedGates.get(gateId) ?? { outcome: "decided", by: "parley", atMs: nowMs };
}

/** Adds the answer or reason, which only the log holds. */
async function withText(
  rooms: RoomService,
  { roomId, card, resolved: outcome }: { roomId: string; card: ShownCard; resolved: Outcome },
): Promise<Resolved> {
  const { version, ...resolved } = outcome;
  const events = version === undefined ? [] : await rooms.eventsAt(roomId, version);
  const event = events.find((one) => one?.type === "gate.resolved" && one.gateId === card.gateId);
  const text = event?.type === "gate.resolved" ? textOf(event) : undefined;
  return text === undefined ? resolved : { ...resolved, text };
}

/** Text for the resolved card. An edited message is posted itself and is not repeated here. */
function textOf({ outcome, body, answers, reason }: EventOf<"gate.resolved">): string | undefined {
  if (outcome === "answered") return body ?? answerText({ ...(answers && { answers }) });
  return outcome === "allowed" ? body : reason;
}
