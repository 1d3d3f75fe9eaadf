/** What a button or form of Parley's says when it comes back. At most 90 of `[A-Za-z0-9._:-]`. */
export type ButtonMeaning =
  /** `place`: where the gate stands in the room's log. `proof`: the first digits of its hash. */
  | { kind: "gate"; roomId: string; version: number; index: number; proof: string; choice: string }
  | { kind: "room"; roomId: string; verb: string };

/** Hex digits of a gate's hash in a button: enough, for the log's entry at that place never changes. */
const proofDigits = 16;

export function gateButtonId(
  roomId: string,
  { version, index, hash, choice }: { version: number; index: number; hash: string; choice: string },
): string {
  return `g:${roomId}:${version}.${index}:${hash.slice(0, proofDigits)}:${choice}`;
}

export function roomButtonId(roomId: string, verb: string): string {
  return `r:${roomId}:${verb}`;
}

/** Undefined for what Parley did not make. */
export function readButtonId(id: string): ButtonMeaning | undefined {
  const gate = /^g:([0-9a-z]{1,32}):(\d{1,15})\.(\d{1,6}):([0-9a-f]{16}):([a-z0-9-]{1,20})$/.exec(id);
  if (gate) {
    const [, roomId = "", version, index, proof = "", choice = ""] = gate;
    return { kind: "gate", roomId, version: Number(version), index: Number(index), proof, choice };
  }
  const room = /^r:([0-9a-z]{1,32}):([a-z-]{1,20})$/.exec(id);
  return room ? { kind: "room", roomId: room[1] ?? "", verb: room[2] ?? "" } : undefined;
}
