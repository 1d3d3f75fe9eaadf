import { randomUUID } from "node:crypto";
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";

const shape = z.object({
  v: z.literal(1),
  /** The agent's own id of the session. */
  sessionId: z.string().min(1),
  /** Folder the session was opened in, as its process sees it. */
  cwd: z.string(),
  /** It answers requests that it does not know, so that Parley can tell what it has read. */
  answersUnknown: z.boolean(),
  offer: z.object({
    options: z.array(z.object({ id: z.string(), category: z.string(), values: z.array(z.string()) })),
    modes: z.array(z.string()),
  }),
});

/** The facts with which a conversation of an ACP agent goes on. They hold no secret. */
export type SessionRecord = z.infer<typeof shape>;

const folder = "acp-sessions";

/** The record of a conversation in the agent's folder; undefined: none can be read. */
export async function readSessionRecord(filesDir: string, conversationId: string): Promise<SessionRecord | undefined> {
  const text = await readFile(join(filesDir, folder, `${conversationId}.json`), "utf8").catch(() => undefined);
  if (text === undefined) return undefined;
  try {
    return shape.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}

/** Replaces the record at once or not at all. */
export async function writeSessionRecord(
  filesDir: string,
  { conversationId, record }: { conversationId: string; record: SessionRecord },
): Promise<void> {
  const path = join(filesDir, folder);
  await mkdir(path, { recursive: true, mode: 0o700 });
  const draft = join(path, `${conversationId}.${randomUUID()}.new`);
  await writeFile(draft, JSON.stringify(record), { mode: 0o600 });
  await rename(draft, join(path, `${conversationId}.json`));
}

/** The conversation is not there any more. */
export async function removeSessionRecord(filesDir: string, conversationId: string): Promise<void> {
  await rm(join(filesDir, folder, `${conversationId}.json`), { force: true });
}
