import { testChatContract } from "../../contract/chat.js";
import { createDiscordDriver } from "./driver.js";

/** The rest on demand: `PARLEY_TEST_LONG=1 npm test -- test/adapters/discord/contract.long`. */
testChatContract("Discord", { createDriver: createDiscordDriver, parts: ["story", "gates", "text"] });
