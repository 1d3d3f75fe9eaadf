/** Printed where a conversation begins that was to go on. */
const lostMarker = "parley: the conversation is not there";

/**
 * `$3`, where there is one, is a file that has to be there first; whoever makes it does so in time, or is gone. Then the home decides whether the session
 * goes on: `--session-id` is refused where its transcript exists, `--resume` where it does not. `fresh` puts a transcript aside that cannot be read. `$4`: it has to be there.
 */
const chooseSession = `
how=$1; id=$2; ready=$3; expected=$4; shift 4
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
[ -z "$expected" ] || [ "$how" = fresh ] || echo "${lostMarker}" >&2
exec "$@" --session-id "$id"`;

export interface SessionCommandInput {
  command: readonly string[];
  args: readonly string[];
  sessionId: string;
  isFresh: boolean;
  /** A conversation of that id was there before. */
  isExpected?: boolean;
  /** It starts when this file is there. */
  waitsFor?: string | undefined;
}

/** The sandbox's main process. The script is fixed; everything that varies is an argument. */
export function sessionCommand(input: SessionCommandInput): string[] {
  const { command, args, sessionId, isFresh, isExpected = false, waitsFor = "" } = input;
  const how = [isFresh ? "fresh" : "keep", sessionId, waitsFor, isExpected ? "expected" : ""];
  return ["sh", "-c", chooseSession, "claude", ...how, ...command, ...args];
}

/** It began a conversation that was to go on. */
export function saysLost(complaint: string): boolean {
  return complaint.includes(lostMarker);
}

/** Claude Code found the transcript, and no conversation in it. */
export function isUnreadable(complaint: string): boolean {
  return complaint.includes("No conversation found");
}
