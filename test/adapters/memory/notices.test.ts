import { createMemoryNotices } from "../../../adapters/memory/notices.js";
import { testNoticesContract } from "../../contract/notices.js";

testNoticesContract("memory", async () => {
  const notices = createMemoryNotices();
  return {
    notices,
    to: "mia",
    arrived: async () => notices.arrived.map(({ id, title, text }) => ({ id, text: `${title}\n${text}` })),
    cutNextAnswer: () => notices.planNext({ kind: "unknown" }),
    refuseNext: (retryAfterMs) => notices.planNext({ kind: "later", retryAfterMs, why: "busy" }),
    removeAddress: () => notices.removeAddress("mia"),
  };
});
