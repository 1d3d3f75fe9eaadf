/**
 * The home decides whether the session goes on: `--session-id` is refused where its transcript exists, `--resume` where it does not. `fresh` puts a transcript aside
 * that cannot be read.
 */
const chooseSession = `
how=$1; id=$2; shift 2
for transcript in "$HOME"/.claude/projects/*/"$id".jsonl; do
  [ -e "$transcript" ] || continue
  if [ "$how" = fresh ]; then mv "$transcript" "$transcript.unreadable"; continue; fi
  exec "$@" --resume "$id"
done
exec "$@" --session-id "$id"`;

export interface SessionCommandInput {
  command: readonly string[];
  args: readonly string[];
  sessionId: string;
  isFresh: boolean;
}

/** The sandbox's main process. The script is fixed; everything that varies is an argument. */
export function sessionCommand({ command, args, sessionId, isFresh }: SessionCommandInput): string[] {
  return ["sh", "-c", chooseSession, "claude", isFresh ? "fresh" : "keep", sessionId, ...command, ...args];
}

/** Claude Code found the transcript, and no conversation in it. */
export function isUnreadable(complaint: string): boolean {
  return complaint.includes("No conversation found");
}
