/**
 * `$3`, if given, is a file to wait for; it is created in time, or its creator is gone. Then the home folder decides whether the session
 * goes on: `--session-id` is refused where its transcript exists, `--resume` where it does not. `fresh` puts a transcript aside that cannot be read.
 */
const chooseSession = `
how=$1; id=$2; ready=$3; shift 3
[ -z "$TMPDIR" ] || mkdir -p "$TMPDIR"
tries=0
while [ -n "$ready" ] && [ ! -e "$ready" ]; do
  tries=$((tries + 1))
  if [ "$tries" -gt 6000 ]; then echo "nobody made this sandbox ready within 5 min; Claude Code was not started" >&2; exit 1; fi
  sleep 0.05
done
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
  /** It starts when this file is there. */
  waitsFor?: string | undefined;
}

/** The sandbox's main process. The script is fixed; everything that varies is an argument. */
export function sessionCommand({ command, args, sessionId, isFresh, waitsFor = "" }: SessionCommandInput): string[] {
  return ["sh", "-c", chooseSession, "claude", isFresh ? "fresh" : "keep", sessionId, waitsFor, ...command, ...args];
}

/** Claude Code found the transcript, and no conversation in it. */
export function isUnreadable(complaint: string): boolean {
  return complaint.includes("No conversation found");
}
