/** Printed where a conversation goes on that began with other instructions: Claude Code keeps those it began with. */
const changedMarker = "parley: the instructions changed";
/** Printed where a conversation begins that was to go on. */
const lostMarker = "parley: the conversation is not there";

/**
 * `$3`, if given, is a file to wait for; it is created in time, or its creator is gone. Then the home folder decides whether the session
 * goes on: `--session-id` is refused where its transcript exists, `--resume` where it does not. `fresh` puts a transcript aside that cannot be read. `$4`: it has to be there.
 * `$5`: a hash of the instructions in its system prompt.
 */
const chooseSession = `
how=$1; id=$2; ready=$3; expected=$4; instructions=$5; shift 5
known="$HOME/.claude/parley-instructions-$id"
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
  [ ! -e "$known" ] || [ "$(cat "$known")" = "$instructions" ] || echo "${changedMarker}" >&2
  mkdir -p "$HOME/.claude" && printf %s "$instructions" > "$known"
  exec "$@" --resume "$id"
done
mkdir -p "$HOME/.claude" && printf %s "$instructions" > "$known"
[ -z "$expected" ] || [ "$how" = fresh ] || echo "${lostMarker}" >&2
exec "$@" --session-id "$id"`;

export interface SessionCommandInput {
  command: readonly string[];
  args: readonly string[];
  sessionId: string;
  isFresh: boolean;
  /** A conversation of that id was there before. */
  isExpected?: boolean;
  /** A hash of the instructions in its system prompt. */
  instructions?: string;
  /** It starts when this file is there. */
  waitsFor?: string | undefined;
}

/** The sandbox's main process. The script is fixed; everything that varies is an argument. */
export function sessionCommand(input: SessionCommandInput): string[] {
  const { command, args, sessionId, isFresh, isExpected = false, instructions = "", waitsFor = "" } = input;
  const how = [isFresh ? "fresh" : "keep", sessionId, waitsFor, isExpected ? "expected" : "", instructions];
  return ["sh", "-c", chooseSession, "claude", ...how, ...command, ...args];
}

/** It went on with a conversation that began with other instructions. */
export function saysChanged(complaint: string): boolean {
  return complaint.includes(changedMarker);
}

/** It began a conversation that was to go on. */
export function saysLost(complaint: string): boolean {
  return complaint.includes(lostMarker);
}

/** Claude Code found the transcript, and no conversation in it. */
export function isUnreadable(complaint: string): boolean {
  return complaint.includes("No conversation found");
}
