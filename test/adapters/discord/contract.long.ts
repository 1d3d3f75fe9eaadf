import { testChatContract } from "../../contract/chat.js";
import { createDiscordDriver } from "./driver.js";

testChatContract("Discord", { createDriver: createDiscordDriver, chaosRuns: 1, backlog: 100 });
