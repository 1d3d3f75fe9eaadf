import { openToCrash as openAny } from "./lmdb.js";

/** For a process of its own: every stream is a journal, in the environment of the journals. */
export const openToCrash = (dir: string) => openAny(dir, { prefix: "" });
