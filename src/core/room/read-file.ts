import type { Attachment } from "./gate-content.js";

/** A file of an agent's work folder, stored as it was when the agent named it; or why it was not, as a clause. `path`: as the agent wrote it. */
export type ReadFile = { path: string; attachment: Attachment } | { path: string; problem: string };
