import { testChatContract } from "../../contract/chat.js";
import { createSlackDriver } from "./driver.js";

for (const mode of ["socket", "http"] as const)
  testChatContract(`Slack over ${mode}`, { createDriver: createSlackDriver(mode), chaosRuns: 1, backlog: 100 });
