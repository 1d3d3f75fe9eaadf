import { testChatContract } from "../../contract/chat.js";
import { createSlackDriver } from "./driver.js";

/** A file of its own, so that it runs beside the other half. */
testChatContract("Slack over http", { createDriver: createSlackDriver("http"), parts: ["story", "gates"] });
