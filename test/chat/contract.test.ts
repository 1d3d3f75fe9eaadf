import { testChatContract } from "../contract/chat.js";
import { createMemoryChatDriver } from "./memory-driver.js";

testChatContract("chat in memory", { createDriver: createMemoryChatDriver });
