import { later } from "./later.js";

/** Loaded with the first edit. */
export const LaterEditChanges = later(async () => (await import("./edit-changes.js")).EditChanges);

/** Loaded with the first change of a file. */
export const LaterFileChanges = later(async () => (await import("./edit-changes.js")).FileChanges);

/** Loaded with the first push that waits. */
export const LaterPushChanges = later(async () => (await import("./push-changes.js")).PushChanges);
