/** Meaning of the id of a button or form that Parley posted. An id has at most 90 characters of `[A-Za-z0-9._:-]`. */
export type ButtonMeaning =
  /** `version` and `index`: position of the gate in the room's log. `proof`: the first digits of its hash. */
  | { kind: "gate"; roomId: string; version: number; index: number; proof: string; choice: string }
  | { kind: "room"; roomId: string; verb: string };

/** Hex digits of the gate's hash in a button. A prefix is enough because a log entry never changes. */
const proofDigits = 16;

/** Id of a button that decides a gate. Posted cards keep it, so its form never changes. */
export function gateButtonId(
  roomId: string,
  { version, index, hash, choice }: { version: number; index: number; hash: string; choice: string },
): string {
  return `g:${roomId}:${version}.${index}:${hash.slice(0, proofDigits)}:${choice}`;
}

/** Id of a button that carries out a verb of `/room` in a room. */
export function roomButtonId(roomId: string, verb: string): string {
  return `r:${roomId}:${verb}`;
}

/** Parses a button id; undefined if Parley did not make it. */
export function readButtonId(id: string): ButtonMeaning | undefined {
  const gate = /^g:([0-9a-z]{1,32}):(\d{1,15})\.(\d{1,6}):([0-9a-f]{16}):([a-z0-9-]{1,20})$/.exec(id);
  if (gate) {
    const [, roomId = "", version, index, proof = "", choice = ""] = gate;
    return { kind: "gate", roomId, version: Number(version), index: Number(index), proof, choice };
  }
  const room = /^r:([0-9a-z]{1,32}):([a-z-]{1,20})$/.exec(id);
  return room ? { kind: "room", roomId: room[1] ?? "", verb: room[2] ?? "" } : undefined;
}
