import { createMemoryReservations } from "../../../adapters/memory/reservations.js";
import { describeReservations } from "../../contract/reservations.js";

describeReservations({
  name: "memory",
  async open() {
    const reservations = createMemoryReservations();
    return { one: reservations, two: reservations, close: async () => undefined };
  },
});
