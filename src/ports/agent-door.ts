import type { AgentMailbox } from "./agent-mailbox.js";
import type { AgentReading } from "./agent-reading.js";
import type { AgentSpeech } from "./agent-speech.js";

/** All that one agent outside Parley may do in its room, whatever carries its calls. */
export type AgentDoor = AgentMailbox & AgentSpeech & AgentReading;
