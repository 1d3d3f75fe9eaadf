import type { CallReservation, CallUsage, ReservationRefusal } from "../../src/ports/call-reservation.js";
import type { AllowedContent, BlockedContent, GatewayCaller } from "../../src/ports/model-gateway.js";

/** The token of every agent in a fake room. */
export const agentToken = "agt-mia-token";

/** What a room says to a gateway and hears from it. */
export interface FakeRoom {
  isAllowed: () => Promise<boolean>;
  allowedContent: () => Promise<AllowedContent>;
  /** Before a reservation is given. */
  beforeReserve: () => Promise<ReservationRefusal | undefined>;
  beforeSettled: () => Promise<void>;
  reserved: CallUsage[];
  /** Of each settled reservation what was used. */
  settled: (CallUsage | undefined)[];
  blocked: BlockedContent[];
}

/** A room that allows everything, with these models on its list. */
export function createFakeRoom(models: string[]): FakeRoom {
  return {
    isAllowed: async () => true,
    allowedContent: async () => ({ models, providerAccess: [] }),
    beforeReserve: async () => undefined,
    beforeSettled: async () => {},
    reserved: [],
    settled: [],
    blocked: [],
  };
}

/** An agent of the room as the gateway sees it. */
export function callerIn(room: FakeRoom, agent: string): GatewayCaller & { token: string } {
  return {
    roomId: "r1",
    agent,
    token: agentToken,
    refusal: async () => ((await room.isAllowed()) ? undefined : "spent"),
    countCall: async () => undefined,
    allowedContent: () => room.allowedContent(),
    onBlocked: (blocked) => void room.blocked.push(blocked),
    async reserve(estimate, signal): Promise<CallReservation | ReservationRefusal> {
      const left = new Promise<never>((_, reject) =>
        signal.addEventListener("abort", () => reject(signal.reason), { once: true }),
      );
      const refusal = await Promise.race([room.beforeReserve(), left]);
      if (refusal) return refusal;
      room.reserved.push(estimate);
      return {
        async settle(usage) {
          room.settled.push(usage);
          await room.beforeSettled();
        },
      };
    },
  };
}
