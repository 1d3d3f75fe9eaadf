import { testChatContract } from "../../contract/chat.js";
import { createSlackDriver } from "./driver.js";

/** The part that fits into every run, with contract-http.test.ts; contract.long.ts is all of it. */
testChatContract("Slack over socket", { createDriver: createSlackDriver("socket"), parts: ["people", "gates"] });
