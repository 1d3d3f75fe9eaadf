import { describeDurableStreams } from "./contract.js";

/** The part that fits into every run; event-log.long.ts is all of it. */
describeDurableStreams(["append", "damage"]);
